import { isMainThread } from 'node:worker_threads';
import { Tensor } from 'onnxruntime-node';
// The public API is asynchronous and tfjs's kernels are not. Underneath it is a synchronous binding, which the package does not
// document: `binding.test.ts` names the version that all of this file was checked with.
import { binding } from 'onnxruntime-node/dist/binding.js';
import type { Elements, ElementType, Shape } from './graph.js';

export interface NativeTensor {
  readonly type: ElementType;
  readonly dims: Shape;
  readonly data: Elements;
  readonly location: 'cpu';
}

export type NativeTensors = Readonly<Record<string, NativeTensor>>;
export type NativeSession = InstanceType<typeof binding.InferenceSession>;
export type NativeOptions = Parameters<NativeSession['loadModel']>[3];

const ERRORS_ONLY = 3;

/**
 * The shape of a first output that every session here has. The binding writes outputs into the arrays that it is given, and
 * then copies each once more into a new `Tensor`, which doubles the cost of element-wise work: refusing to make a `Tensor` of
 * this shape ends that after one number. All other users of onnxruntime-node in the process get their tensors as ever.
 */
export const STOP_SHAPE: Shape = Array.from({ length: 31 }, () => 1);
const STOP = 'the outputs are in the arrays that were given for them';

const stoppingTensor = new Proxy(Tensor, {
  construct(target, parameters: unknown[], newTarget) {
    const dims = parameters[2];
    if (Array.isArray(dims) && dims.length === STOP_SHAPE.length) throw new RangeError(STOP);
    return Reflect.construct(target, parameters, newTarget) as object;
  },
});

export function loadSession(model: Uint8Array<ArrayBuffer>, options: NativeOptions): NativeSession {
  binding.initOrtOnce(ERRORS_ONLY, stoppingTensor, isMainThread);
  const session = new binding.InferenceSession();
  session.loadModel(model.buffer, model.byteOffset, model.byteLength, options);
  return session;
}

/** Runs on the arrays of `feeds` and writes into those of `fetches`. */
export function runSession(session: NativeSession, feeds: NativeTensors, fetches: NativeTensors): void {
  try {
    // The binding reads these four fields and does not ask for instances of `Tensor`, whose checks cost more than a small run.
    session.run(feeds as never, fetches as never, {});
  } catch (error) {
    if (!String(error).includes(STOP)) throw error;
  }
}
