import { input, node, topological } from '../graph.js';
import type { Value } from '../graph.js';
import {
  add,
  cast,
  concat,
  expand,
  fill,
  floats,
  matMul,
  mul,
  reduce,
  reshape,
  scalar,
  sub,
  transpose,
  unary,
} from '../ops.js';
import { simplify } from './rewrite.js';

const x = input('x', [2, 3, 4, 5], 'float32');
const y = input('y', [2, 3, 4, 5], 'float32');

/** The operators that are left, in order. */
function left(...outputs: Value[]): string[] {
  return topological(simplify({ inputs: [x, y], outputs }).outputs).map(({ op }) => op);
}

const NHWC = [0, 2, 3, 1];
const NCHW = [0, 3, 1, 2];

it.each<[string, Value, string[]]>([
  ['x + 0', add(x, scalar(0)), []],
  ['0 + x', add(fill(0, [5], 'float32'), x), []],
  ['x * 1', mul(x, fill(1, x.shape, 'float32')), []],
  ['1 * x', mul(scalar(1), x), []],
  ['x * 2 * 3', mul(mul(x, scalar(2)), scalar(3)), ['Mul']],
  ['x - (-y)', sub(x, unary('Neg', y)), ['Add']],
  ['-(-x)', unary('Neg', unary('Neg', x)), []],
  ['x to the power of 2', node('Pow', [x, scalar(2)], x.shape, 'float32'), ['Mul']],
  ['two reshapes', reshape(reshape(x, [6, 20]), [120]), ['Reshape']],
  ['reshapes that cancel', reshape(reshape(x, [6, 20]), x.shape), []],
  ['transposes that cancel', transpose(transpose(x, NHWC), NCHW), []],
  ['two transposes', transpose(transpose(x, NHWC), NHWC), ['Transpose']],
  [
    'transposes around element-wise work',
    transpose(unary('Relu', add(transpose(x, NHWC), transpose(y, NHWC))), NCHW),
    ['Add', 'Relu'],
  ],
  ['transposes around a bias', transpose(add(transpose(x, NHWC), floats([1, 2, 3], [3])), NCHW), ['Reshape', 'Add']],
  [
    'transposes around a concatenation',
    transpose(concat([transpose(x, NHWC), transpose(y, NHWC)], 3), NCHW),
    ['Concat'],
  ],
  ['a transpose before a reduction', reduce('ReduceMean', transpose(x, NHWC), [1, 2], false), ['ReduceMean']],
  ['a transpose before a product', matMul(x, transpose(y, [0, 1, 3, 2])), ['FusedMatMul']],
  ['an expansion before broadcasting', mul(x, expand(floats([1, 2, 3, 4, 5], [5]), x.shape)), ['Mul']],
  ['a sum over axes of 1', reduce('ReduceSum', reshape(x, [2, 1, 60]), [1], false), ['Reshape']],
  ['a sum of squares', reduce('ReduceSum', mul(x, x), [1, 3], true), ['ReduceSumSquare']],
  [
    'a scaled mask',
    mul(x, mul(cast(node('Greater', [x, y], x.shape, 'bool'), 'float32'), scalar(2))),
    ['Greater', 'Cast', 'Mul', 'Mul'],
  ],
  ['a reversed axis stays', node('Slice', [x, floats([0], [1])], x.shape, 'float32'), ['Slice']],
])('%s', (_, output, expected) => {
  expect(left(output)).toEqual(expected);
});

it('shares equal nodes and constants', () => {
  expect(left(add(unary('Exp', x), scalar(2)), add(unary('Exp', x), scalar(2)))).toEqual(['Exp', 'Add']);
});

it('leaves what is not equal', () => {
  expect(left(transpose(unary('Relu', transpose(x, NHWC)), NHWC))).toEqual(['Relu', 'Transpose']);
  expect(left(add(transpose(x, NHWC), input('z', [2, 4, 5, 3], 'float32')))).toEqual(['Transpose', 'Add']);
  expect(left(mul(x, scalar(0)))).toEqual(['Mul']); // 0 * NaN
});
