import * as tf from '@tensorflow/tfjs';

/** What a callback of {@link hostValues} fills. */
export interface HostArrays {
  readonly float32: Float32Array;
  readonly int32: Int32Array;
  readonly bool: Uint8Array;
}

/**
 * A tensor whose values a callback writes: the one way for random numbers and schedules into a computation.
 *
 * Run eagerly it is called once, now. A device that records graphs brings a kernel `HostValues` (attributes fill, shape,
 * dtype): the tensor becomes an input of the graph, and every run of the graph calls anew, in the order of recording.
 * So whatever a step must do on every run in JavaScript belongs inside the callback.
 *
 * @param fill writes every element; what the array holds before is anything
 */
export function hostValues<Type extends keyof HostArrays>(
  fill: (values: HostArrays[Type]) => void,
  shape: readonly number[],
  dtype: Type,
): tf.Tensor {
  if (!tf.getKernel('HostValues', tf.getBackend())) {
    const size = shape.reduce((product, side) => product * side, 1);
    const values =
      dtype === 'float32' ? new Float32Array(size) : dtype === 'int32' ? new Int32Array(size) : new Uint8Array(size);
    fill(values as HostArrays[Type]);
    return tf.tensor(values, [...shape], dtype);
  }
  const attributes: object = { fill, shape: [...shape], dtype };
  const output: tf.Tensor | tf.Tensor[] = tf.engine().runKernel('HostValues', {}, attributes as tf.NamedAttrMap);
  return output as tf.Tensor;
}
