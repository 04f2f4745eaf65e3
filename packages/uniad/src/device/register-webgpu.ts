import { runEagerly } from './device.js';
import { loadPackage } from './registration.js';
import type { Registration } from './registration.js';

/** What is used here of WebGPU's interfaces of these names. */
interface GPUAdapterInfo {
  readonly vendor: string;
  readonly architecture: string;
  readonly device: string;
  readonly description: string;
  readonly isFallbackAdapter?: boolean;
}
interface GPUAdapter {
  readonly info: GPUAdapterInfo;
  /** Where it was before it became a part of `info`. */
  readonly isFallbackAdapter?: boolean;
}
interface GPU {
  requestAdapter(options: { readonly powerPreference: 'high-performance' }): Promise<GPUAdapter | null>;
}
interface Dawn {
  create(options: readonly string[]): GPU;
  readonly globals: object;
}

/** Programs that stand in for a graphics card: they work, a hundred times slower than ONNX Runtime on the same CPU. */
const SOFTWARE = /swiftshader|llvmpipe|lavapipe|basic render/i;

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
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' }); // As tfjs does.
  if (!adapter)
    throw new Error('no WebGPU adapter on this machine (it takes a driver for Vulkan, Metal or Direct3D 12)');
  const { vendor, architecture, device, description, isFallbackAdapter } = adapter.info;
  const what = description || device || [vendor, architecture].filter(Boolean).join(' ') || 'unnamed';
  const software =
    isFallbackAdapter ||
    adapter.isFallbackAdapter ||
    SOFTWARE.test(`${vendor} ${architecture} ${device} ${description}`);
  if (software && options.needsGpu) throw new Error(`no graphics card, only software (${what})`);
  const restore = dawn ? install(gpu, dawn.globals) : () => {};
  try {
    // Registers with tfjs when it is imported, if there is a navigator.gpu by then.
    await loadPackage('@tensorflow/tfjs-backend-webgpu', (name) => import(name) as Promise<unknown>);
  } catch (error) {
    restore();
    throw error;
  }
  return {
    compile: runEagerly,
    merit: software ? `WebGPU in software, slow (${what})` : `the graphics card through WebGPU (${what})`,
  };
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
