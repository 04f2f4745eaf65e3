import * as tf from '@tensorflow/tfjs';
import { fused } from './fused.js';

/** An operation and its gradient, written by hand. */
export interface DifferentiableOperation {
  /** As {@link fused} takes it; without a name the operation runs kernel by kernel, and may do more than compute. */
  readonly name?: string;
  readonly inputs: readonly tf.Tensor[];
  /** Further inputs, which have no gradient; those that are absent come as `undefined`. */
  readonly constants?: readonly (tf.Tensor | undefined)[];
  /** From inputs and constants, the value, then what the backward pass needs: only tensors that are saved here still live then. */
  readonly forward: (...tensors: tf.Tensor[]) => [value: tf.Tensor, ...saved: tf.Tensor[]];
  /** From the gradient of the value and the saved tensors, the gradient of each input. */
  readonly backward: (...tensors: tf.Tensor[]) => tf.Tensor[];
}

/** Runs an operation whose gradient is written by hand: tf.customGrad with its passes fused, and tidied on every device. */
export function withGradient({ name, inputs, constants = [], forward, backward }: DifferentiableOperation): tf.Tensor {
  const run = (
    pass: string,
    tensors: readonly (tf.Tensor | undefined)[],
    fn: (...tensors: tf.Tensor[]) => tf.Tensor[],
  ) => (name === undefined ? tf.tidy(() => fn(...(tensors as tf.Tensor[]))) : fused(`${name}, ${pass}`, tensors, fn));
  const operation = tf.customGrad((...args) => {
    const save = args.at(-1) as tf.GradSaveFunc;
    const [value, ...saved] = run('forward', [...(args.slice(0, -1) as tf.Tensor[]), ...constants], forward);
    save(saved);
    return { value: value!, gradFunc: (dy: tf.Tensor, kept: tf.Tensor[]) => run('backward', [dy, ...kept], backward) };
  });
  return operation(...inputs);
}
