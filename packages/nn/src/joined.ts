import * as tf from '@tensorflow/tfjs';

/** Up to this many elements the overhead of an operation exceeds its arithmetic. */
const SMALL = 4096;

/** Names of tensors in groups for {@link joined}: all small ones together, every other alone. */
export function joinableGroups(named: readonly (readonly [name: string, tensor: tf.Tensor])[]): string[][] {
  const names = (small: boolean) => named.filter(([, { size }]) => size <= SMALL === small).map(([name]) => name);
  const together = names(true);
  return [...(together.length > 0 ? [together] : []), ...names(false).map((name) => [name])];
}

/** The tensors end to end, for element-wise work on all of them at once; a single one stays as it is. */
export function joined(tensors: readonly tf.Tensor[]): tf.Tensor {
  return tensors.length === 1 ? tensors[0]! : tf.concat(tensors.map((tensor) => tf.reshape(tensor, [-1])));
}

/** The tensors of these shapes that were {@link joined}. */
export function parted(tensor: tf.Tensor, shapes: readonly number[][]): tf.Tensor[] {
  if (shapes.length === 1) return [tensor];
  const sizes = shapes.map((shape) => shape.reduce((product, side) => product * side, 1));
  return tf.split(tensor, sizes).map((part, i) => tf.reshape(part, shapes[i]!));
}
