import * as tf from '@tensorflow/tfjs';
import { runDeviceKernel } from './device-kernels.js';
import type { HostArrays, HostValuesAttributes } from './device-kernels.js';
import { sizeOf } from './shape.js';

/**
 * A tensor whose values a callback writes: the one way for random numbers and schedules into a computation.
 *
 * Run eagerly it is called once, now. A device that records graphs brings a kernel `HostValues`
 * ({@link DeviceKernels}): the tensor becomes an input of the graph, and every run of the graph calls anew, in the order of
 * recording. So whatever a step must do on every run in JavaScript belongs inside the callback.
 *
 * @param fill writes every element; what the array holds before is anything
 */
export function hostValues<Type extends keyof HostArrays>(
  fill: (values: HostArrays[Type]) => void,
  shape: readonly number[],
  dtype: Type,
): tf.Tensor {
  const attributes: object = { fill, shape: [...shape], dtype };
  const output = runDeviceKernel('HostValues', {}, attributes as HostValuesAttributes);
  if (output) return output;
  const size = sizeOf(shape);
  const values =
    dtype === 'float32' ? new Float32Array(size) : dtype === 'int32' ? new Int32Array(size) : new Uint8Array(size);
  fill(values as HostArrays[Type]);
  return tf.tensor(values, [...shape], dtype);
}
