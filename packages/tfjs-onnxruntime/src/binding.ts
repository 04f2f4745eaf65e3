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
type NativeOptions = Parameters<NativeSession['loadModel']>[3];

const ERRORS_ONLY = 3;
const NO_COPIES = new Error('The outputs are in the arrays that were given for them');
let refuseCopies = false;

type TensorArguments = ConstructorParameters<typeof Tensor>;

/**
 * The binding writes outputs into the arrays that it is given, and then copies each once more into a new `Tensor`, which
 * doubles the cost of element-wise work. Refusing to be made stops it after the first. Everyone else who uses
 * onnxruntime-node in this process gets an ordinary `Tensor`.
 */
class ResultTensor extends Tensor {
  constructor(...[type, data, dims]: TensorArguments) {
    if (refuseCopies) throw NO_COPIES;
    super(type, data, dims);
  }
}

export function loadSession(model: Uint8Array<ArrayBuffer>, options: NativeOptions): NativeSession {
  binding.initOrtOnce(ERRORS_ONLY, ResultTensor as typeof Tensor, isMainThread);
  const session = new binding.InferenceSession();
  session.loadModel(model.buffer, model.byteOffset, model.byteLength, options);
  return session;
}

/** Runs on the arrays of `feeds` and writes into those of `fetches`. */
export function runSession(session: NativeSession, feeds: NativeTensors, fetches: NativeTensors): void {
  refuseCopies = true;
  try {
    // The binding reads these four fields and does not ask for instances of `Tensor`, whose checks cost more than a small run.
    session.run(feeds as never, fetches as never, {});
  } catch (error) {
    if (error !== NO_COPIES) throw error;
  } finally {
    refuseCopies = false;
  }
}
