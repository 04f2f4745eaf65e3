import { runEagerly } from './device.js';
import { loadPackage } from './registration.js';
import type { Registration } from './registration.js';
import { adapterOf } from './webgpu-adapter.js';
import type { GPU } from './webgpu-adapter.js';

interface Dawn {
  create(options: readonly string[]): GPU;
  readonly globals: object;
}

/**
 * Registers WebGPU with tfjs: that of Node or the browser, or else of the package `webgpu`.
 *
 * @param options.needsGpu where there is a software adapter alone it throws
 * @throws when a package is missing or broken, or WebGPU has no adapter on this machine; nothing is left behind then
 */
export async function registerWebgpu(options: { readonly needsGpu?: boolean } = {}): Promise<Registration> {
  const own = (globalThis.navigator as { readonly gpu?: GPU } | undefined)?.gpu;
  const dawn = own ? undefined : await loadPackage('webgpu', (name) => import(name) as Promise<Dawn>);
  const gpu = own ?? dawn!.create([]);
  const merit = await adapterOf(gpu, options);
  const restore = dawn ? install(gpu, dawn.globals) : () => {};
  try {
    // Registers with tfjs when it is imported, if there is a navigator.gpu by then.
    await loadPackage('@tensorflow/tfjs-backend-webgpu', (name) => import(name) as Promise<unknown>);
  } catch (error) {
    restore();
    throw error;
  }
  return { compile: runEagerly, merit };
}

/** Makes Node look like a browser with WebGPU; returns what undoes it. */
function install(gpu: GPU, globals: object): () => void {
  Object.assign(globalThis, globals);
  const hadNavigator = 'navigator' in globalThis; // Node 20 has none.
  if (!hadNavigator) Object.defineProperty(globalThis, 'navigator', { value: {}, configurable: true });
  Object.defineProperty(globalThis.navigator, 'gpu', { value: gpu, configurable: true });
  return () => {
    Reflect.deleteProperty(globalThis.navigator, 'gpu');
    if (!hadNavigator) Reflect.deleteProperty(globalThis, 'navigator');
    for (const name of Object.keys(globals)) Reflect.deleteProperty(globalThis, name);
  };
}
