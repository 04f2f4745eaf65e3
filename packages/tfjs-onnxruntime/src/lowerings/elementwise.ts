import type { ClipByValueAttrs, FillAttrs, LeakyReluAttrs, StepAttrs } from '@tensorflow/tfjs';
import type { ElementType, Value } from '../graph.js';
import { node } from '../graph.js';
import {
  add,
  broadcast,
  cast,
  fill,
  isNaN,
  maximum,
  minimum,
  mul,
  reshape,
  scalar,
  sub,
  unary,
  where,
} from '../ops.js';
import { requireDtype, requireThat } from './lowering.js';
import type { Binary, Lowering, Lowerings, Unary } from './lowering.js';

const FLOAT: readonly ElementType[] = ['float32'];
const NUMBER: readonly ElementType[] = ['float32', 'int32'];
const ANY: readonly ElementType[] = ['float32', 'int32', 'bool'];

function binary(op: string, dtypes: readonly ElementType[], result?: ElementType): Lowering {
  return ({ a, b }: Binary) => {
    requireDtype(a, ...dtypes);
    requireDtype(b, a.dtype);
    return broadcast(op, [a, b], result);
  };
}

function floatUnary(lower: (x: Value) => Value): Lowering {
  return ({ x }: Unary) => {
    requireDtype(x, 'float32');
    return lower(x);
  };
}

function simple(op: string): Lowering {
  return floatUnary((x) => unary(op, x));
}

/** Comparisons and logic on bool inputs: ONNX compares numbers only, tfjs both. */
function comparison(op: string): Lowering {
  return ({ a, b }: Binary) => {
    requireDtype(a, ...ANY);
    requireDtype(b, a.dtype);
    const numeric = (value: Value): Value => (value.dtype === 'bool' ? cast(value, 'int32') : value);
    return broadcast(op, [numeric(a), numeric(b)], 'bool');
  };
}

/** tfjs counts NaN as neither positive nor negative. */
const sign = (x: Value): Value =>
  sub(
    cast(broadcast('Greater', [x, scalar(0)], 'bool'), 'float32'),
    cast(broadcast('Less', [x, scalar(0)], 'bool'), 'float32'),
  );

/** Scaled exponential linear unit of a fixed slope and scale (Klambauer et al. 2017), tfjs's figures. */
const SELU = { alpha: 1.7580993408473768 / 1.0507009873554805, gamma: 1.0507009873554805 };

/** min(1, max(0, alpha x)) is a step for every normal number, keeps NaN, and costs a sixth of ONNX Runtime's Sign. */
const STEEP = { alpha: 3e38, beta: 0 };

export function relu(x: Value): Value {
  return unary('Relu', x);
}

export function relu6(x: Value): Value {
  return node('Clip', [x, scalar(0), scalar(6)], x.shape, x.dtype);
}

export function elu(x: Value): Value {
  return node('Elu', [x], x.shape, x.dtype, { alpha: 1 });
}

export function leakyRelu(x: Value, alpha: number): Value {
  return node('LeakyRelu', [x], x.shape, x.dtype, { alpha });
}

/** The activations that tfjs fuses into matrix products and convolutions. */
export function activate(x: Value, activation: string | undefined, slope?: Value, leakyreluAlpha = 0.2): Value {
  switch (activation) {
    case undefined:
    case 'linear':
      return x;
    case 'relu':
      return relu(x);
    case 'relu6':
      return relu6(x);
    case 'elu':
      return elu(x);
    case 'sigmoid':
      return unary('Sigmoid', x);
    case 'leakyrelu':
      return leakyRelu(x, leakyreluAlpha);
    case 'prelu':
      requireThat(slope !== undefined, 'Expected a slope for prelu but received none');
      return broadcast('PRelu', [x, slope], x.dtype);
    default:
      requireThat(false, `Expected a known activation but received ${activation}`);
  }
}

export const elementwise: Lowerings = {
  Add: binary('Add', NUMBER),
  Sub: binary('Sub', NUMBER),
  Multiply: binary('Mul', NUMBER),
  RealDiv: binary('Div', FLOAT),
  Maximum: binary('Max', NUMBER),
  Minimum: binary('Min', NUMBER),
  Pow: binary('Pow', FLOAT),
  Prelu: ({ x, alpha }: Unary & { alpha: Value }) => {
    requireDtype(x, 'float32');
    const scaled = mul(alpha, x);
    return where(broadcast('Less', [x, scalar(0)], 'bool'), scaled, x);
  },
  SquaredDifference: ({ a, b }: Binary) => {
    requireDtype(a, ...NUMBER);
    requireDtype(b, a.dtype);
    const difference = sub(a, b);
    return mul(difference, difference);
  },
  AddN: (inputs: Readonly<Record<string, Value>>) => {
    const values = Object.values(inputs);
    for (const value of values) requireDtype(value, 'float32');
    return broadcast('Sum', values);
  },

  Greater: comparison('Greater'),
  GreaterEqual: comparison('GreaterOrEqual'),
  Less: comparison('Less'),
  LessEqual: comparison('LessOrEqual'),
  Equal: comparison('Equal'),
  NotEqual: (inputs: Binary) => unary('Not', comparison('Equal')(inputs as never, {} as never) as Value),
  LogicalAnd: binary('And', ['bool']),
  LogicalOr: binary('Or', ['bool']),
  LogicalNot: ({ x }: Unary) => {
    requireDtype(x, 'bool');
    return unary('Not', x);
  },
  IsNan: floatUnary(isNaN),
  IsInf: floatUnary((x) => unary('IsInf', x, 'bool')),
  IsFinite: floatUnary((x) => unary('Not', broadcast('Or', [isNaN(x), unary('IsInf', x, 'bool')]))),

  Neg: ({ x }: Unary) => {
    requireDtype(x, ...NUMBER);
    return unary('Neg', x);
  },
  Abs: floatUnary((x) => unary('Abs', x)),
  Sign: floatUnary(sign),
  Exp: simple('Exp'),
  Log: simple('Log'),
  Log1p: floatUnary((x) => unary('Log', add(x, scalar(1)))),
  Sqrt: simple('Sqrt'),
  Rsqrt: floatUnary((x) => unary('Reciprocal', unary('Sqrt', x))),
  Reciprocal: simple('Reciprocal'),
  Square: ({ x }: Unary) => {
    requireDtype(x, ...NUMBER);
    return mul(x, x);
  },
  Floor: simple('Floor'),
  Ceil: simple('Ceil'),
  Round: simple('Round'),
  Sin: simple('Sin'),
  Cos: simple('Cos'),
  Tanh: simple('Tanh'),
  Sigmoid: simple('Sigmoid'),
  Erf: simple('Erf'),
  Softplus: simple('Softplus'),
  Relu: floatUnary(relu),
  Relu6: floatUnary(relu6),
  Elu: floatUnary(elu),
  Selu: floatUnary((x) => node('Selu', [x], x.shape, x.dtype, SELU)),
  LeakyRelu: ({ x }: Unary, { alpha }: LeakyReluAttrs) => {
    requireDtype(x, 'float32');
    return leakyRelu(x, alpha);
  },
  EluGrad: ({ dy, y }: { dy: Value; y: Value }) => {
    requireDtype(y, 'float32');
    return where(broadcast('GreaterOrEqual', [y, scalar(0)], 'bool'), dy, mul(dy, add(y, scalar(1))));
  },
  Step: ({ x }: Unary, { alpha }: StepAttrs) => {
    requireDtype(x, 'float32');
    const positive = node('HardSigmoid', [x], x.shape, x.dtype, STEEP);
    return alpha === 0 ? positive : add(positive, mul(sub(scalar(1), positive), scalar(alpha)));
  },
  ClipByValue: ({ x }: Unary, { clipValueMin, clipValueMax }: ClipByValueAttrs) => {
    requireDtype(x, 'float32');
    return minimum(maximum(x, scalar(clipValueMin)), scalar(clipValueMax));
  },
  Select: ({ condition, t, e }: { condition: Value; t: Value; e: Value }) => {
    requireDtype(condition, 'bool');
    requireDtype(t, 'float32', 'int32');
    requireDtype(e, t.dtype);
    // A vector condition chooses whole slices of the first axis.
    const perSlice = condition.shape.length === 1 && t.shape.length > 1;
    return where(
      perSlice ? reshape(condition, [...condition.shape, ...t.shape.slice(1).map(() => 1)]) : condition,
      t,
      e,
    );
  },

  Fill: (_: object, { shape, value, dtype }: FillAttrs) => {
    requireThat(
      typeof value === 'number' && dtype !== 'string' && dtype !== 'complex64',
      `Expected numbers but received ${dtype}`,
    );
    return fill(value, shape, dtype);
  },
  ZerosLike: ({ x }: Unary) => fill(0, x.shape, x.dtype),
  OnesLike: ({ x }: Unary) => fill(1, x.shape, x.dtype),
};
