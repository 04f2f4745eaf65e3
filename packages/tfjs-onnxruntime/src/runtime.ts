import type { InferenceSession } from 'onnxruntime-node';
import type { Elements, ElementType, Shape } from './graph.js';

/** What ONNX Runtime takes for a tensor. */
export interface NativeTensor {
  readonly type: ElementType;
  readonly dims: Shape;
  readonly data: Elements;
  readonly location: 'cpu';
}

export type NativeTensors = Readonly<Record<string, NativeTensor>>;

/** A model that ONNX Runtime has loaded. */
export interface NativeSession {
  /** Runs on the arrays of `feeds` and writes into those of `fetches`. */
  run(feeds: NativeTensors, fetches: NativeTensors): void;
  dispose(): void;
}

/** A way to run ONNX Runtime synchronously, as tfjs's kernels are. */
export interface Runtime {
  load(model: Uint8Array<ArrayBuffer>, options: InferenceSession.SessionOptions): NativeSession;
}

/**
 * The name and shape of a first output that every model has here, a constant: `private-runtime.ts` says what it is for. No other
 * tensor has as many axes.
 */
export const STOP_NAME = 'stop';
export const STOP_SHAPE: Shape = Array.from({ length: 31 }, () => 1);
