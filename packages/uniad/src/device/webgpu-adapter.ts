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
export interface GPU {
  requestAdapter(options: { readonly powerPreference: 'high-performance' }): Promise<GPUAdapter | null>;
}
/** Programs that stand in for a graphics card: they work, a hundred times slower than ONNX Runtime on the same CPU. */
const SOFTWARE = /swiftshader|llvmpipe|lavapipe|basic render/i;

/**
 * What WebGPU runs on here, in words.
 *
 * @param options.needsGpu where there is a software adapter alone it throws
 * @throws when there is no adapter
 */
export async function adapterOf(gpu: GPU, options: { readonly needsGpu?: boolean }): Promise<string> {
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
  return software ? `WebGPU in software, slow (${what})` : `the graphics card through WebGPU (${what})`;
}
