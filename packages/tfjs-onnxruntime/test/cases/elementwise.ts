import * as tf from '@tensorflow/tfjs';
import type { Case, Kind } from '../agreement.js';
import { broadcastPair, random, someShape } from '../random.js';

type UnaryOp = (x: tf.Tensor) => tf.Tensor;
type BinaryOp = (a: tf.Tensor, b: tf.Tensor) => tf.Tensor;

const source = random(1);

/** tfjs's own gradients of these are wrong where an input was broadcast. */
const NO_BROADCAST_GRADIENT: ReadonlySet<string> = new Set(['Maximum', 'Minimum', 'SquaredDifference']);

function unary(kernel: string, run: UnaryOp, kind: Kind = 'normal', noGradients = false): Case[] {
  const shapes = [[], [0, 3], someShape(source), someShape(source, 5)];
  const regular = shapes.map((shape) => ({ kernel, run, inputs: [{ shape, kind }], noGradients }));
  return [...regular, { kernel, run, inputs: [{ shape: [40], kind: 'special' }], noGradients: true }];
}

function binary(kernel: string, run: BinaryOp, kind: Kind = 'normal', noGradients = false): Case[] {
  const pairs = [
    [[], []],
    [[0, 2], [2]],
    [[3], []],
    [
      [2, 3],
      [2, 3],
    ],
    broadcastPair(source),
    broadcastPair(source),
    broadcastPair(source),
  ] as const;
  const sameShape = (a: readonly number[], b: readonly number[]): boolean => a.join() === b.join();
  return pairs.map(([a, b]) => ({
    kernel,
    run,
    inputs: [
      { shape: a, kind },
      { shape: b, kind },
    ],
    noGradients: noGradients || (NO_BROADCAST_GRADIENT.has(kernel) && !sameShape(a, b)),
  }));
}

/** Operators that tfjs also has for integers. */
function integers(kernel: string, run: BinaryOp): Case[] {
  return [broadcastPair(source), [[4], [4]]].map(([a = [], b = []]) => ({
    kernel,
    run,
    inputs: [
      { shape: a, kind: 'index' as const, below: 9 },
      { shape: b, kind: 'index' as const, below: 9 },
    ],
    noGradients: true,
  }));
}

function special(kernel: string, run: BinaryOp): Case[] {
  return [
    {
      kernel,
      run,
      inputs: [
        { shape: [40], kind: 'special' },
        { shape: [40], kind: 'special' },
      ],
      noGradients: true,
    },
  ];
}

function comparisons(): Case[] {
  const operators: Record<string, BinaryOp> = {
    Greater: tf.greater,
    GreaterEqual: tf.greaterEqual,
    Less: tf.less,
    LessEqual: tf.lessEqual,
    Equal: tf.equal,
    NotEqual: tf.notEqual,
  };
  return Object.entries(operators).flatMap(([kernel, run]) => [
    ...binary(kernel, run, 'normal', true),
    ...integers(kernel, run),
    ...special(kernel, run),
  ]);
}

export const elementwiseCases: Case[] = [
  ...binary('Add', tf.add),
  ...integers('Add', tf.add),
  ...special('Add', tf.add),
  ...binary('Sub', tf.sub),
  ...integers('Sub', tf.sub),
  ...binary('Multiply', tf.mul),
  ...integers('Multiply', tf.mul),
  ...special('Multiply', tf.mul),
  ...binary('RealDiv', tf.div, 'positive'),
  ...special('RealDiv', tf.div),
  ...binary('Maximum', tf.maximum),
  ...integers('Maximum', tf.maximum),
  ...special('Maximum', tf.maximum),
  ...binary('Minimum', tf.minimum),
  ...integers('Minimum', tf.minimum),
  ...special('Minimum', tf.minimum),
  ...binary('Pow', tf.pow, 'positive'),
  ...[0.5, 1, 2, 3].map((power): Case => ({
    kernel: 'Pow',
    run: (x) => tf.pow(x as tf.Tensor, power),
    inputs: [{ shape: [5], kind: 'positive' }],
  })),
  ...binary('SquaredDifference', tf.squaredDifference),
  ...binary('Prelu', (x, alpha) => tf.prelu(x, alpha), 'normal', true).filter(
    ({ inputs: [x, alpha] }) => (x?.shape.length ?? 0) >= (alpha?.shape.length ?? 0),
  ),
  ...comparisons(),
  ...(['LogicalAnd', 'LogicalOr'] as const).flatMap((kernel) =>
    binary(kernel, kernel === 'LogicalAnd' ? tf.logicalAnd : tf.logicalOr, 'flag', true),
  ),
  {
    kernel: 'LogicalNot',
    run: (x) => tf.logicalNot(x as tf.Tensor),
    inputs: [{ shape: [2, 3], kind: 'flag' }],
    noGradients: true,
  },
  ...unary('IsNan', tf.isNaN, 'special', true),
  ...unary('IsInf', tf.isInf, 'special', true),
  ...unary('IsFinite', tf.isFinite, 'special', true),
  ...unary('Neg', tf.neg),
  ...unary('Abs', tf.abs),
  ...unary('Sign', tf.sign),
  ...unary('Exp', tf.exp),
  ...unary('Log', tf.log, 'positive'),
  ...unary('Log1p', tf.log1p, 'positive'),
  ...unary('Sqrt', tf.sqrt, 'positive'),
  ...unary('Rsqrt', tf.rsqrt, 'positive'),
  ...unary('Reciprocal', tf.reciprocal, 'positive'),
  ...unary('Square', tf.square),
  ...unary('Floor', tf.floor),
  ...unary('Ceil', tf.ceil),
  ...unary('Round', tf.round),
  ...unary('Sin', tf.sin),
  ...unary('Cos', tf.cos),
  ...unary('Tanh', tf.tanh),
  ...unary('Sigmoid', tf.sigmoid),
  ...unary('Erf', tf.erf, 'positive'),
  ...unary('Softplus', tf.softplus),
  ...unary('Relu', tf.relu),
  ...unary('Relu6', (x) => tf.relu6(tf.mul(x, 5))),
  ...unary('Elu', tf.elu),
  ...unary('EluGrad', tf.elu),
  ...unary('Selu', tf.selu),
  ...unary('LeakyRelu', (x) => tf.leakyRelu(x, 0.3)),
  ...unary('Step', (x) => tf.step(x, 0.5)),
  ...unary('Step', (x) => tf.step(x)),
  ...unary('ClipByValue', (x) => tf.clipByValue(x, -0.5, 0.8)),
  ...unary('ZerosLike', tf.zerosLike),
  ...unary('OnesLike', tf.onesLike),
  { kernel: 'Fill', run: (x) => tf.add(x as tf.Tensor, tf.fill([2, 3], 1.5)), inputs: [{ shape: [3] }] },
  { kernel: 'AddN', run: (...x) => tf.addN(x), inputs: [{ shape: [2, 3] }, { shape: [2, 3] }, { shape: [2, 3] }] },
  {
    kernel: 'Select',
    run: (c, a, b) => tf.where(c as tf.Tensor, a as tf.Tensor, b as tf.Tensor),
    inputs: [{ shape: [2, 3], kind: 'flag' }, { shape: [2, 3] }, { shape: [2, 3] }],
  },
  {
    kernel: 'Select',
    run: (c, a, b) => tf.where(c as tf.Tensor, a as tf.Tensor, b as tf.Tensor),
    inputs: [{ shape: [4, 1], kind: 'flag' }, { shape: [4, 3] }, { shape: [3] }],
  },
];
