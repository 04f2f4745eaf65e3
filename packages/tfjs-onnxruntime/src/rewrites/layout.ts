import { constantOf, node, nodeOf, nodes, sizeOf } from '../graph.js';
import type { Node, Shape, Value } from '../graph.js';
import { concat, expand, integers, reduce, reshape, slice, transpose } from '../ops.js';
import { permutation } from './algebra.js';
import { ELEMENTWISE } from './elementwise.js';
import type { Rule, Rules } from './rule.js';

/**
 * Transposes sink below the operators that follow them until they meet their inverse. A network of tfjs's NHWC convolutions,
 * each between two transposes, so becomes one that runs in ONNX's NCHW from end to end.
 */

/** A value that is `base` with its axes in another order. */
interface Moved {
  readonly base: Value;
  readonly perm: readonly number[];
}

function moved(value: Value | undefined): Moved | undefined {
  const source = value && nodeOf(value, 'Transpose');
  const [base] = source?.inputs ?? [];
  return source && base ? { base, perm: permutation(source) } : undefined;
}

function inverse(perm: readonly number[]): number[] {
  const result: number[] = [];
  perm.forEach((axis, index) => {
    result[axis] = index;
  });
  return result;
}

function samePermutation(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((axis, index) => axis === b[index]);
}

/** The shape of the base of a value of `shape`. */
function before(shape: Shape, perm: readonly number[]): number[] {
  return inverse(perm).map((axis) => shape[axis] ?? 1);
}

/** How much smaller an input has to be than the output to be moved for the output's sake. */
const SMALL_FRACTION = 16;

/** `value` as it must be for its consumer to work on bases; `undefined` if that would cost another big transpose. */
function asBase(value: Value, perm: readonly number[], outputSize: number): Value | undefined {
  const own = moved(value);
  if (own && samePermutation(own.perm, perm)) return own.base;
  if (sizeOf(value.shape) === 1) return value.shape.length === 0 ? value : reshape(value, []);
  if (!constantOf(value) && sizeOf(value.shape) * SMALL_FRACTION > outputSize) return undefined;
  const aligned = [...perm.slice(value.shape.length).map(() => 1), ...value.shape];
  return transpose(reshape(value, aligned), inverse(perm));
}

const elementwise: Rule = (n) => {
  const [output] = n.outputs;
  const lead = n.inputs
    .map(moved)
    .find((own) => own && own.perm.length === output?.shape.length && sizeOf(own.base.shape) === sizeOf(output.shape));
  if (!lead || !output) return undefined;
  const inputs = n.inputs.map((value) => asBase(value, lead.perm, sizeOf(output.shape)));
  if (!inputs.every((value) => value !== undefined)) return undefined;
  return transpose(
    node(n.op, inputs, before(output.shape, lead.perm), output.dtype, n.attributes, n.domain),
    lead.perm,
  );
};

const reduction: Rule = (n) => {
  const [x, axesInput] = n.inputs;
  const own = moved(x);
  if (!own || !x) return undefined;
  const axes = axesInput
    ? Array.from(constantOf(axesInput) ?? [], Number)
    : (n.attributes['axes'] as readonly number[]);
  const keepDims = n.attributes['keepdims'] === 1;
  const onBase = reduce(
    n.op as 'ReduceSum',
    own.base,
    axes.map((axis) => own.perm[axis] ?? axis),
    keepDims,
  );
  if (keepDims) return transpose(onBase, own.perm);
  const kept = own.perm.filter((_, axis) => !axes.includes(axis));
  const order = kept.toSorted((a, b) => a - b);
  return transpose(
    onBase,
    kept.map((axis) => order.indexOf(axis)),
  );
};

/** The bases of inputs that all are transposed alike. */
function bases(n: Node): { readonly values: Value[]; readonly perm: readonly number[] } | undefined {
  const all = n.inputs.map(moved);
  const [lead] = all;
  if (!lead || !all.every((own) => own !== undefined && samePermutation(own.perm, lead.perm))) return undefined;
  return { values: all.flatMap((own) => (own ? [own.base] : [])), perm: lead.perm };
}

const concatenation: Rule = (n) => {
  const all = bases(n);
  return all && transpose(concat(all.values, all.perm[n.attributes['axis'] as number] ?? 0), all.perm);
};

const slicing: Rule = (n) => {
  const own = moved(n.inputs[0]);
  const [begin, end, axes, strides] = n.inputs.slice(1).map((value) => Array.from(constantOf(value) ?? [], Number));
  if (!own || !begin || !end || !strides || axes?.length !== own.perm.length || strides.some((stride) => stride < 0))
    return undefined;
  const back = (values: readonly number[]): number[] => before(values, own.perm);
  return transpose(slice(own.base, back(begin), back(end), back(strides)), own.perm);
};

const splitting: Rule = (n) => {
  const own = moved(n.inputs[0]);
  const sizes = n.inputs[1];
  if (!own || !sizes) return undefined;
  const types = n.outputs.map(({ shape, dtype }) => ({ shape: before(shape, own.perm), dtype }));
  return nodes('Split', [own.base, sizes], types, { axis: own.perm[n.attributes['axis'] as number] ?? 0 }).map((part) =>
    transpose(part, own.perm),
  );
};

const padding: Rule = (n) => {
  const own = moved(n.inputs[0]);
  const [output] = n.outputs;
  const pads = n.inputs[1] && constantOf(n.inputs[1]);
  if (!own || !output || !pads) return undefined;
  const rank = own.perm.length;
  const numbers = Array.from(pads, Number);
  const reordered = integers([...before(numbers.slice(0, rank), own.perm), ...before(numbers.slice(rank), own.perm)]);
  return transpose(
    node(
      'Pad',
      [own.base, reordered, ...n.inputs.slice(2)],
      before(output.shape, own.perm),
      output.dtype,
      n.attributes,
    ),
    own.perm,
  );
};

const expanding: Rule = (n) => {
  const own = moved(n.inputs[0]);
  const [output] = n.outputs;
  return own && output?.shape.length === own.perm.length
    ? transpose(expand(own.base, before(output.shape, own.perm)), own.perm)
    : undefined;
};

export const layout: Rules = {
  ...Object.fromEntries(ELEMENTWISE.map((op) => [op, [elementwise]])),
  ...Object.fromEntries(
    ['ReduceSum', 'ReduceMean', 'ReduceMax', 'ReduceMin', 'ReduceProd'].map((op) => [op, [reduction]]),
  ),
  Concat: [concatenation],
  Slice: [slicing],
  Split: [splitting],
  Pad: [padding],
  Expand: [expanding],
};
