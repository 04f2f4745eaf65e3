import * as tf from '@tensorflow/tfjs';

/**
 * Runs an operation whose gradient is written by hand.
 *
 * tf.customGrad with two things added: the backward pass is tidied (tfjs would keep its intermediate results until the
 * whole gradient is done), and `forward` names what it saves in its result.
 *
 * @param forward gives the value and what the backward pass needs: only tensors that are saved here still live then
 * @param backward from the gradient of the value and the saved tensors, the gradient of each input
 */
export function withGradient(
  inputs: readonly tf.Tensor[],
  forward: () => { readonly value: tf.Tensor; readonly saved: readonly tf.Tensor[] },
  backward: (dy: tf.Tensor, saved: readonly tf.Tensor[]) => tf.Tensor[],
): tf.Tensor {
  const operation = tf.customGrad((...args) => {
    const save = args.at(-1) as tf.GradSaveFunc;
    const { value, saved } = forward();
    save([...saved]);
    return { value, gradFunc: (dy: tf.Tensor, kept: tf.Tensor[]) => tf.tidy(() => backward(dy, kept)) };
  });
  return operation(...inputs);
}
