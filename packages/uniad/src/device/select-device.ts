import { createRequire } from 'node:module';
import { dirname, sep } from 'node:path';
import { runEagerly } from './device.js';
import type { Device, DeviceName } from './device.js';
import { registerTensorflow } from './register-tensorflow.js';
import { registerWebgpu } from './register-webgpu.js';
import { loadPackage } from './registration.js';
import type { Registration } from './registration.js';
import { startDevice } from './start-device.js';
import type { Candidate } from './start-device.js';

const require = createRequire(import.meta.url);

/**
 * Fastest first: `auto` takes the first that starts. TensorFlow on a CPU is half as fast as ONNX Runtime, so the package that
 * has only that is not even loaded before. WebGPU in software is the slowest of all.
 */
const candidates: readonly Candidate[] = [
  { name: 'tensorflow', register: () => registerTensorflow({ needsGpu: true }) },
  { name: 'webgpu', register: () => registerWebgpu({ needsGpu: true }) },
  {
    name: 'onnxruntime',
    register: registerOnnxruntime,
    remedy: 'ONNXRUNTIME_NODE_INSTALL=skip npm i @uniad/tfjs-onnxruntime',
  },
  { name: 'tensorflow', register: registerTensorflow },
  { name: 'wasm', register: registerWasm },
  { name: 'cpu', register: async () => ({ compile: runEagerly, merit: 'plain JavaScript, slow' }) },
  { name: 'webgpu', register: registerWebgpu },
];

async function registerOnnxruntime(): Promise<Registration> {
  const { compile } = await loadPackage('@uniad/tfjs-onnxruntime', () => import('@uniad/tfjs-onnxruntime'));
  return { compile, merit: 'ONNX Runtime, whole graphs on every core' };
}

async function registerWasm(): Promise<Registration> {
  const wasm = await import('@tensorflow/tfjs-backend-wasm');
  wasm.setWasmPaths(dirname(require.resolve('@tensorflow/tfjs-backend-wasm')) + sep);
  return { compile: runEagerly, merit: 'WebAssembly, one core' };
}

/**
 * Makes a device the one that tfjs runs on, and computes a small product there. `auto` takes the fastest that starts:
 * tensorflow or webgpu where they have a graphics card, else onnxruntime, tensorflow, wasm, cpu; the `reason` says which, and
 * what keeps a faster one from it.
 *
 * @throws DeviceError when the name is unknown, or the named device cannot start here, with the reason; tfjs then runs on
 * what it ran on before
 */
export async function selectDevice(name: DeviceName | 'auto' = 'auto'): Promise<Device> {
  return startDevice(name, candidates);
}
