import * as tf from '@tensorflow/tfjs';
import { runDeviceKernel } from './device-kernels.js';

let apart = false;

/** Runs with every {@link fused} function kernel by kernel on all devices, for those who look at the kernels. */
export function unfused<T>(run: () => T): T {
  apart = true;
  try {
    return run();
  } finally {
    apart = false;
  }
}

/**
 * A function of tensors, run as one kernel where the device brings a kernel `Fused` ({@link DeviceKernels}): fewer calls, and fewer
 * results that have to be written out and read back.
 *
 * @param name of the function and of all that it depends on beside its inputs: functions of one name must be the same function
 * @param inputs may be absent where the function takes that
 * @param fn uses no other tensors than its inputs, assigns no variable, reads no values, and may return an input as it is
 */
export function fused(
  name: string,
  inputs: readonly (tf.Tensor | undefined)[],
  fn: (...inputs: tf.Tensor[]) => tf.Tensor[],
): tf.Tensor[] {
  if (apart) return tf.tidy(() => fn(...(inputs as tf.Tensor[])));
  const present = Object.fromEntries(inputs.flatMap((input, position) => (input ? [[position, input]] : [])));
  return (
    runDeviceKernel('Fused', present, { name, fn, arity: inputs.length }) ??
    tf.tidy(() => fn(...(inputs as tf.Tensor[])))
  );
}
