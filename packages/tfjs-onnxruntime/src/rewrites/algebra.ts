import { constantOf, node, nodeOf, sameShape, sizeOf } from '../graph.js';
import type { Node, Value } from '../graph.js';
import { add, cast, expand, mul, reshape, scalar, sub, transpose, unary } from '../ops.js';
import { BROADCASTING_OPERATORS } from './elementwise.js';
import type { Rule, Rules } from './rule.js';

/** The one number that all elements of a value are, where that is known. */
export function uniform(value: Value): number | undefined {
  const data = constantOf(value);
  if (data) return data.length === 1 ? Number(data[0]) : undefined;
  const inner = nodeOf(value, 'Expand')?.inputs[0] ?? nodeOf(value, 'Reshape')?.inputs[0];
  return inner && uniform(inner);
}

const first = (n: Node): Value => n.inputs[0] as Value;
const second = (n: Node): Value => n.inputs[1] as Value;
const output = (n: Node): Value => n.outputs[0] as Value;

/** `x op neutral` is x. */
function neutralRight(neutral: number): Rule {
  return (n) => (uniform(second(n)) === neutral ? expand(first(n), output(n).shape) : undefined);
}

function neutralLeft(neutral: number): Rule {
  return (n) => (uniform(first(n)) === neutral ? expand(second(n), output(n).shape) : undefined);
}

/** An operator that broadcasts does not need an input expanded beforehand, if another input still gives the shape. */
const withoutExpand: Rule = (n) => {
  const { shape, dtype } = output(n);
  for (const [index, value] of n.inputs.entries()) {
    const inner = nodeOf(value, 'Expand')?.inputs[0];
    if (!inner) continue;
    const inputs = n.inputs.with(index, inner);
    if (inputs.some((other) => sameShape(other.shape, shape)))
      return node(n.op, inputs, shape, dtype, n.attributes, n.domain);
  }
  return undefined;
};

/** `x * (y * c)` as `(x * y) * c`: the number ends up where ONNX Runtime merges it into a matrix product. */
const scaleLast: Rule = (n) => {
  const [a, b] = [first(n), second(n)];
  for (const [x, product] of [
    [a, b],
    [b, a],
  ] as const) {
    const factors = nodeOf(product, 'Mul')?.inputs;
    const scale = factors?.find((factor) => uniform(factor) !== undefined && constantOf(factor));
    const rest = factors?.find((factor) => factor !== scale);
    if (!scale || !rest || !sameShape(product.shape, output(n).shape)) continue;
    const known = uniform(x);
    const value = uniform(scale);
    if (known !== undefined && value !== undefined) return mul(rest, scalar(Math.fround(known * value)));
    if (nodeOf(rest, 'Cast')) return mul(mul(x, rest), scale);
  }
  return undefined;
};

const addNegative: Rule = (n) => {
  const negated = nodeOf(second(n), 'Neg')?.inputs[0];
  return negated && sub(first(n), negated);
};

const subtractNegative: Rule = (n) => {
  const negated = nodeOf(second(n), 'Neg')?.inputs[0];
  return negated && add(first(n), negated);
};

const powers: Rule = (n) => {
  const x = first(n);
  const exponent = uniform(second(n));
  if (!sameShape(x.shape, output(n).shape)) return undefined;
  if (exponent === 1) return x;
  if (exponent === 2) return mul(x, x);
  return exponent === 0.5 ? unary('Sqrt', x) : undefined;
};

const reshapes: Rule = (n) => {
  const [x, { shape }] = [first(n), output(n)];
  if (sameShape(x.shape, shape)) return x;
  const inner = nodeOf(x, 'Reshape')?.inputs[0];
  if (inner) return reshape(inner, shape);
  const repeated = nodeOf(x, 'Expand')?.inputs[0];
  return repeated && sizeOf(repeated.shape) === 1 ? expand(reshape(repeated, []), shape) : undefined;
};

const expands: Rule = (n) => {
  const [x, { shape }] = [first(n), output(n)];
  if (sameShape(x.shape, shape)) return x;
  const inner = nodeOf(x, 'Expand')?.inputs[0];
  return inner && expand(inner, shape);
};

export function permutation(n: Node): readonly number[] {
  return n.attributes['perm'] as readonly number[];
}

const transposes: Rule = (n) => {
  const [x, perm] = [first(n), permutation(n)];
  if (perm.every((axis, index) => axis === index)) return x;
  const inner = nodeOf(x, 'Transpose');
  if (inner)
    return transpose(
      first(inner),
      perm.map((axis) => permutation(inner)[axis] ?? axis),
    );
  const repeated = nodeOf(x, 'Expand')?.inputs[0];
  if (repeated && sizeOf(repeated.shape) === 1) return expand(reshape(repeated, []), output(n).shape);
  const moved = perm.filter((axis) => x.shape[axis] !== 1);
  return moved.every((axis, index) => index === 0 || (moved[index - 1] ?? 0) < axis)
    ? reshape(x, output(n).shape)
    : undefined;
};

const casts: Rule = (n) => {
  const [x, { dtype }] = [first(n), output(n)];
  if (x.dtype === dtype) return x;
  const inner = nodeOf(x, 'Cast')?.inputs[0];
  return inner?.dtype === 'bool' ? cast(inner, dtype) : undefined;
};

const repeatsOfOne: Rule = (n) => {
  const x = first(n);
  const { shape } = output(n);
  return shape.every((size, axis) => size === x.shape[axis] || x.shape[axis] === 1) ? expand(x, shape) : undefined;
};

const reductionOfOne: Rule = (n) =>
  sizeOf(first(n).shape) === sizeOf(output(n).shape) ? reshape(first(n), output(n).shape) : undefined;

/** Without writing the squares. */
const sumOfSquares: Rule = (n) => {
  const factors = nodeOf(first(n), 'Mul')?.inputs;
  const axes = n.inputs[1] && constantOf(n.inputs[1]);
  if (!factors || factors[0] !== factors[1] || !axes) return undefined;
  return node('ReduceSumSquare', [factors[0] as Value], output(n).shape, output(n).dtype, {
    ...n.attributes,
    axes: Array.from(axes, Number),
  });
};

const unchanged: Rule = (n) => (sameShape(first(n).shape, output(n).shape) ? first(n) : undefined);

/** A slice with a negative step keeps the shape and turns the elements around. */
const wholeSlice: Rule = (n) => {
  const steps = n.inputs[4] && constantOf(n.inputs[4]);
  return steps && Array.from(steps, Number).every((step) => step === 1) ? unchanged(n) : undefined;
};

const identity: Rule = (n) => first(n);

const alone: Rule = (n) => (n.inputs.length === 1 ? first(n) : undefined);

const negatives: Rule = (n) => nodeOf(first(n), 'Neg')?.inputs[0];

/** A product with swapped axes is a flag of ONNX Runtime's own operator. */
const transposedFactors: Rule = (n) => {
  for (const [index, flag] of [
    [0, 'transA'],
    [1, 'transB'],
  ] as const) {
    const factor = nodeOf(n.inputs[index] as Value, 'Transpose');
    if (!factor || !swapsLastTwo(permutation(factor))) continue;
    const flags = { transA: 0, transB: 0, ...n.attributes, [flag]: 1 - Number(n.attributes[flag] ?? 0) };
    const inputs = n.inputs.with(index, first(factor));
    return node('FusedMatMul', inputs, output(n).shape, output(n).dtype, flags, 'com.microsoft');
  }
  return undefined;
};

function swapsLastTwo(perm: readonly number[]): boolean {
  const rank = perm.length;
  return perm.every((axis, index) => axis === (index < rank - 2 ? index : 2 * rank - 3 - index));
}

const broadcasting = (...rules: Rule[]): readonly Rule[] => [...rules, withoutExpand];

/** What holds for numbers, whatever the layout. */
export const algebra: Rules = {
  ...Object.fromEntries(BROADCASTING_OPERATORS.map((op) => [op, broadcasting()])),
  Add: broadcasting(neutralRight(0), neutralLeft(0), addNegative),
  Sub: broadcasting(neutralRight(0), subtractNegative),
  Mul: broadcasting(neutralRight(1), neutralLeft(1), scaleLast),
  Div: broadcasting(neutralRight(1)),
  Pow: broadcasting(powers),
  Neg: [negatives],
  Identity: [identity],
  Reshape: [reshapes],
  Expand: [expands],
  Transpose: [transposes],
  Cast: [casts],
  Tile: [repeatsOfOne],
  Concat: [alone],
  Slice: [wholeSlice],
  Split: [unchanged],
  Pad: [unchanged],
  ReduceSum: [reductionOfOne, sumOfSquares],
  ReduceMean: [reductionOfOne],
  ReduceMax: [reductionOfOne],
  ReduceMin: [reductionOfOne],
  ReduceProd: [reductionOfOne],
  MatMul: [transposedFactors],
  FusedMatMul: [transposedFactors],
};
