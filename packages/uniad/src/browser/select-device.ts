import { runEagerly } from '../device/device.js';
import type { Device, DeviceName } from '../device/device.js';
import { loadPackage } from '../device/registration.js';
import type { Registration } from '../device/registration.js';
import { startDevice } from '../device/start-device.js';
import type { Candidate } from '../device/start-device.js';
import { adapterOf } from '../device/webgpu-adapter.js';
import type { GPU } from '../device/webgpu-adapter.js';

/** The devices of a browser, fastest first where there is a graphics card. */
export const browserDeviceNames = ['webgpu', 'wasm', 'cpu'] as const satisfies readonly DeviceName[];

/** A device of a browser by name. */
export type BrowserDeviceName = (typeof browserDeviceNames)[number];

/** Where the files `tfjs-backend-wasm*.wasm` are served: their folder, or the address of each by its name. */
export type WasmPaths = string | Readonly<Record<string, string>>;

/**
 * Makes a device the one that tfjs runs on, and computes a small product there. `auto` takes the first that starts: webgpu with a
 * graphics card, wasm, cpu, and WebGPU in software last; the `reason` says which, and what keeps a faster one from it.
 *
 * @param options.wasmPaths by default tfjs looks beside the page's or the worker's script
 * @throws DeviceError when the name is unknown, or the named device cannot start here, with the reason; tfjs then runs on
 * what it ran on before
 */
export async function selectDevice(
  name: BrowserDeviceName | 'auto' = 'auto',
  options: { readonly wasmPaths?: WasmPaths | undefined } = {},
): Promise<Device> {
  const candidates: readonly Candidate[] = [
    { name: 'webgpu', register: () => registerWebgpu({ needsGpu: true }) },
    { name: 'wasm', register: () => registerWasm(options.wasmPaths) },
    { name: 'cpu', register: async () => ({ compile: runEagerly, merit: 'plain JavaScript, slow' }) },
    { name: 'webgpu', register: () => registerWebgpu({}) },
  ];
  return startDevice(name, candidates);
}

async function registerWebgpu(options: { readonly needsGpu?: boolean }): Promise<Registration> {
  const { gpu } = globalThis.navigator as { readonly gpu?: GPU };
  if (!gpu) throw new Error('this browser has no WebGPU, or only for pages over HTTPS');
  const merit = await adapterOf(gpu, options);
  await loadPackage('@tensorflow/tfjs-backend-webgpu', async () => {
    // In a `try`, so that a bundler lets the package be missing; it registers with tfjs when it is imported.
    try {
      return await import('@tensorflow/tfjs-backend-webgpu');
    } catch (error) {
      throw new Error(`npm i @tensorflow/tfjs-backend-webgpu (${String(error)})`, { cause: error });
    }
  });
  return { compile: runEagerly, merit };
}

async function registerWasm(paths: WasmPaths | undefined): Promise<Registration> {
  const wasm = await import('@tensorflow/tfjs-backend-wasm');
  if (paths !== undefined) wasm.setWasmPaths(paths);
  const threads = globalThis.crossOriginIsolated ? 'several cores' : 'one core (several where crossOriginIsolated)';
  return { compile: runEagerly, merit: `WebAssembly, ${threads}` };
}
