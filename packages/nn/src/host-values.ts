import * as tf from '@tensorflow/tfjs';

/**
 * A tensor whose values a callback draws: the one way for random numbers and schedules into a computation.
 *
 * Run eagerly it draws once, now. A device that records graphs brings a kernel `HostValues` (attributes draw, shape,
 * dtype): the tensor becomes an input of the graph, and every run of the graph draws anew, in the order of recording.
 * So whatever a step must do on every run in JavaScript belongs inside the callback.
 *
 * @param draw gives as many values as the shape holds
 */
export function hostValues(
  draw: () => Float32Array | Uint8Array | Int32Array,
  shape: readonly number[],
  dtype: 'float32' | 'int32' | 'bool',
): tf.Tensor {
  if (!tf.getKernel('HostValues', tf.getBackend())) return tf.tensor(draw(), [...shape], dtype);
  const attributes: object = { draw, shape, dtype };
  const output: tf.Tensor | tf.Tensor[] = tf.engine().runKernel('HostValues', {}, attributes as tf.NamedAttrMap);
  return output as tf.Tensor;
}
