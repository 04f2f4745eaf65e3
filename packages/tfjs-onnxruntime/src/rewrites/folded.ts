import { constant, constantOf, nodeOf, sizeOf } from '../graph.js';
import type { Elements, Shape, Value } from '../graph.js';
import { permutation } from './algebra.js';

/** The constant that a value is some arrangement of: transposed, reshaped, or a part of it. */
export function rootConstant(value: Value): Elements | undefined {
  const inner = ['Reshape', 'Transpose', 'Split'].map((op) => nodeOf(value, op)?.inputs[0]).find(Boolean);
  return inner ? rootConstant(inner) : constantOf(value);
}

/** A value of which {@link rootConstant} knows the root, as a constant of its own; `undefined` for all others. */
export function folded(value: Value): Value | undefined {
  if (constantOf(value)) return value;
  const [reshaped, transposed, split] = ['Reshape', 'Transpose', 'Split'].map((op) => nodeOf(value, op));
  const source = reshaped ?? transposed ?? split;
  const inner = source?.inputs[0] && folded(source.inputs[0]);
  const data = inner && constantOf(inner);
  if (!source || !inner || !data) return undefined;
  if (reshaped) return constant(data, value.shape, value.dtype);
  if (transposed) return constant(permuted(data, inner.shape, permutation(transposed)), value.shape, value.dtype);
  const axis = source.attributes['axis'] as number;
  const before = source.outputs.slice(0, source.outputs.indexOf(value));
  const offset = before.reduce((sum, { shape }) => sum + (shape[axis] ?? 0), 0);
  return constant(part(data, inner.shape, axis, offset, value.shape[axis] ?? 0), value.shape, value.dtype);
}

function permuted(data: Elements, shape: Shape, perm: readonly number[]): Elements {
  const strides = shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
  const sizes = perm.map((axis) => shape[axis] ?? 1);
  const steps = perm.map((axis) => strides[axis] ?? 1);
  const result = data.slice();
  const index = sizes.map(() => 0);
  for (let write = 0, read = 0; write < data.length; write++) {
    result[write] = data[read] as never;
    for (let axis = sizes.length - 1; axis >= 0; axis--) {
      read += steps[axis] ?? 0;
      index[axis] = (index[axis] ?? 0) + 1;
      if ((index[axis] ?? 0) < (sizes[axis] ?? 1)) break;
      read -= (steps[axis] ?? 0) * (sizes[axis] ?? 1);
      index[axis] = 0;
    }
  }
  return result;
}

/** `count` slices of `axis`, from `offset` on. */
function part(data: Elements, shape: Shape, axis: number, offset: number, count: number): Elements {
  const [size, inner] = [shape[axis] ?? 1, sizeOf(shape.slice(axis + 1))];
  const blocks = sizeOf(shape.slice(0, axis));
  const result = data.slice(0, blocks * count * inner);
  for (let block = 0; block < blocks; block++) {
    const start = (block * size + offset) * inner;
    result.set(data.subarray(start, start + count * inner) as never, block * count * inner);
  }
  return result;
}
