import * as tf from '@tensorflow/tfjs';
import { constant, node, nodes, sameShape, sizeOf } from './graph.js';
import type { ElementType, Shape, Value } from './graph.js';

/** ONNX operators with their output shapes worked out, so that lowerings read as formulas. */

export function scalar(value: number, dtype: ElementType = 'float32'): Value {
  return filled(value, [], dtype);
}

export function floats(values: ArrayLike<number>, shape: Shape): Value {
  return constant(Float32Array.from(values), shape, 'float32');
}

/** Axes, shapes and the like. */
export function integers(values: readonly number[]): Value {
  return constant(BigInt64Array.from(values, BigInt), [values.length], 'int64');
}

/** A small constant whose elements all have one value. */
function filled(value: number, shape: Shape, dtype: ElementType): Value {
  const size = sizeOf(shape);
  if (dtype === 'float32') return constant(new Float32Array(size).fill(value), shape, dtype);
  if (dtype === 'int32') return constant(new Int32Array(size).fill(value), shape, dtype);
  if (dtype === 'int8') return constant(new Int8Array(size).fill(value), shape, dtype);
  if (dtype === 'bool' || dtype === 'uint8') return constant(new Uint8Array(size).fill(value), shape, dtype);
  return constant(new BigInt64Array(size).fill(BigInt(value)), shape, dtype);
}

export function fill(value: number, shape: Shape, dtype: ElementType): Value {
  return expand(scalar(value, dtype), shape);
}

export function unary(op: string, x: Value, dtype: ElementType = x.dtype): Value {
  return node(op, [x], x.shape, dtype);
}

export function broadcast(op: string, inputs: readonly Value[], dtype?: ElementType): Value {
  const shape = inputs
    .map((value) => [...value.shape])
    .reduce((a, b) => tf.backend_util.assertAndGetBroadcastShape(a, b));
  const last = inputs.at(-1);
  if (!last) throw new RangeError(`Expected at least one input for ${op} but received none`);
  return node(op, inputs, shape, dtype ?? last.dtype);
}

export const add = (a: Value, b: Value): Value => broadcast('Add', [a, b]);
export const sub = (a: Value, b: Value): Value => broadcast('Sub', [a, b]);
export const mul = (a: Value, b: Value): Value => broadcast('Mul', [a, b]);
export const maximum = (a: Value, b: Value): Value => broadcast('Max', [a, b]);
export const minimum = (a: Value, b: Value): Value => broadcast('Min', [a, b]);
export const where = (condition: Value, a: Value, b: Value): Value => broadcast('Where', [condition, a, b]);

export function isNaN(x: Value): Value {
  return unary('IsNaN', x, 'bool');
}

export const ONNX_TYPES: Readonly<Record<ElementType, number>> = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9,
};

export function cast(x: Value, dtype: ElementType): Value {
  return x.dtype === dtype ? x : node('Cast', [x], x.shape, dtype, { to: ONNX_TYPES[dtype] });
}

export function reshape(x: Value, shape: Shape): Value {
  return sameShape(x.shape, shape) ? x : node('Reshape', [x, integers([...shape])], shape, x.dtype);
}

export function expand(x: Value, shape: Shape): Value {
  return sameShape(x.shape, shape) ? x : node('Expand', [x, integers([...shape])], shape, x.dtype);
}

export function transpose(x: Value, perm: readonly number[]): Value {
  return node(
    'Transpose',
    [x],
    perm.map((axis) => dimension(x, axis)),
    x.dtype,
    { perm },
  );
}

/** A dimension that must exist. */
export function dimension(x: { readonly shape: Shape }, axis: number): number {
  const size = x.shape.at(axis);
  if (size === undefined) throw new RangeError(`Expected axis ${axis} of a tensor of shape [${x.shape.join(', ')}]`);
  return size;
}

/** Reduces over `axes` (not negative, any order). */
export function reduce(
  op: 'ReduceSum' | 'ReduceMean' | 'ReduceMax' | 'ReduceMin' | 'ReduceProd',
  x: Value,
  axes: readonly number[],
  keepDims: boolean,
): Value {
  const shape = x.shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
  const kept = keepDims ? shape : x.shape.filter((_, axis) => !axes.includes(axis));
  if (axes.length === 0) return x;
  // Opset 17 takes the axes of a sum as an input and those of the others as an attribute.
  return op === 'ReduceSum'
    ? node(op, [x, integers([...axes])], kept, x.dtype, { keepdims: Number(keepDims) })
    : node(op, [x], kept, x.dtype, { axes, keepdims: Number(keepDims) });
}

export function concat(values: readonly Value[], axis: number): Value {
  const [first] = values;
  if (!first) throw new RangeError('Expected at least one tensor to concatenate but received none');
  const shape = first.shape.map((size, index) =>
    index === axis ? values.reduce((sum, value) => sum + dimension(value, axis), 0) : size,
  );
  return node('Concat', values, shape, first.dtype, { axis });
}

/** The elements from `begin` (inclusive) to `end` (exclusive) in steps of `strides`, on every axis; strides are positive. */
export function slice(
  x: Value,
  begin: readonly number[],
  end: readonly number[],
  strides: readonly number[] = x.shape.map(() => 1),
): Value {
  const axes = x.shape.map((_, axis) => axis);
  const shape = axes.map((axis) =>
    Math.max(0, Math.ceil(((end[axis] ?? 0) - (begin[axis] ?? 0)) / (strides[axis] ?? 1))),
  );
  return node('Slice', [x, integers(begin), integers(end), integers(axes), integers(strides)], shape, x.dtype);
}

export function split(x: Value, sizes: readonly number[], axis: number): Value[] {
  const types = sizes.map((size) => ({
    shape: x.shape.map((old, index) => (index === axis ? size : old)),
    dtype: x.dtype,
  }));
  return nodes('Split', [x, integers(sizes)], types, { axis });
}

/** Pads with a constant; `paddings` holds [before, after] of every axis. */
export function pad(x: Value, paddings: readonly (readonly [number, number])[], value = 0): Value {
  if (paddings.every(([before, after]) => before === 0 && after === 0)) return x;
  const shape = x.shape.map((size, axis) => size + (paddings[axis]?.[0] ?? 0) + (paddings[axis]?.[1] ?? 0));
  const pads = integers([...paddings.map(([before]) => before), ...paddings.map(([, after]) => after)]);
  return node('Pad', [x, pads, scalar(value, x.dtype)], shape, x.dtype, { mode: 'constant' });
}

export interface MatMulOptions {
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
}

/** Matrix product over the last two axes; the others broadcast. */
export function matMul(a: Value, b: Value, { transposeA = false, transposeB = false }: MatMulOptions = {}): Value {
  const batch = tf.backend_util.assertAndGetBroadcastShape([...a.shape.slice(0, -2)], [...b.shape.slice(0, -2)]);
  const shape = [...batch, dimension(a, transposeA ? -1 : -2), dimension(b, transposeB ? -2 : -1)];
  if (!transposeA && !transposeB) return node('MatMul', [a, b], shape, a.dtype);
  return node(
    'FusedMatMul',
    [a, b],
    shape,
    a.dtype,
    { transA: Number(transposeA), transB: Number(transposeB) },
    'com.microsoft',
  );
}
