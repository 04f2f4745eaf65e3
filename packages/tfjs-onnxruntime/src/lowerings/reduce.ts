import * as tf from '@tensorflow/tfjs';
import type { ArgMaxAttrs, CumsumAttrs, LogSoftmaxAttrs, SoftmaxAttrs, SumAttrs } from '@tensorflow/tfjs';
import { node } from '../graph.js';
import type { Value } from '../graph.js';
import { cast, integers, reduce, reshape } from '../ops.js';
import { requireDtype, requireThat } from './lowering.js';
import type { Lowering, Lowerings, Unary } from './lowering.js';

function axesOf(axis: number | number[], x: Value): number[] {
  return tf.util.parseAxisParam(axis, [...x.shape]);
}

function floatReduction(op: 'ReduceMean' | 'ReduceMax' | 'ReduceMin' | 'ReduceProd'): Lowering {
  return ({ x }: Unary, { axis, keepDims }: SumAttrs) => {
    requireDtype(x, 'float32');
    return reduce(op, x, axesOf(axis, x), keepDims);
  };
}

function logical(op: 'ReduceMax' | 'ReduceMin'): Lowering {
  return ({ x }: Unary, { axis, keepDims }: SumAttrs) => {
    requireDtype(x, 'bool');
    return cast(reduce(op, cast(x, 'int32'), axesOf(axis, x), keepDims), 'bool');
  };
}

function index(op: 'ArgMax' | 'ArgMin'): Lowering {
  return ({ x }: Unary, { axis }: ArgMaxAttrs) => {
    requireDtype(x, 'float32');
    const [last] = axesOf(axis, x);
    requireThat(last !== undefined && x.shape.length > 0, `Expected an axis for ${op} but received a scalar`);
    const shape = x.shape.filter((_, position) => position !== last);
    return cast(node(op, [x], shape, 'int64', { axis: last, keepdims: 0 }), 'int32');
  };
}

function softmax(op: 'Softmax' | 'LogSoftmax'): Lowering {
  return ({ logits }: { logits: Value }, attrs: SoftmaxAttrs | LogSoftmaxAttrs) => {
    requireDtype(logits, 'float32');
    const axis = 'dim' in attrs ? attrs.dim : attrs.axis;
    return node(op, [logits], logits.shape, 'float32', { axis: axis < 0 ? axis + logits.shape.length : axis });
  };
}

export const reductions: Lowerings = {
  Sum: ({ x }: Unary, { axis, keepDims }: SumAttrs) => reduce('ReduceSum', x.dtype === 'bool' ? cast(x, 'int32') : x, axesOf(axis, x), keepDims),
  Mean: floatReduction('ReduceMean'),
  Max: floatReduction('ReduceMax'),
  Min: floatReduction('ReduceMin'),
  Prod: floatReduction('ReduceProd'),
  All: logical('ReduceMin'),
  Any: logical('ReduceMax'),
  ArgMax: index('ArgMax'),
  ArgMin: index('ArgMin'),
  Softmax: softmax('Softmax'),
  LogSoftmax: softmax('LogSoftmax'),
  Cumsum: ({ x }: Unary, { axis, exclusive, reverse }: CumsumAttrs) => {
    requireDtype(x, 'float32');
    const [position = 0] = axesOf(axis, x);
    const scalarAxis = reshape(integers([position]), []);
    return node('CumSum', [x, scalarAxis], x.shape, x.dtype, { exclusive: Number(exclusive), reverse: Number(reverse) });
  },
};
