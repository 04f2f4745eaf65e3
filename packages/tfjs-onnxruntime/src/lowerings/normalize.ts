import type { FusedBatchNormAttrs } from '@tensorflow/tfjs';
import type { DeviceKernels } from '@uniad/nn';
import { nodes } from '../graph.js';
import type { Value } from '../graph.js';
import { add, mul, scalar, unary } from '../ops.js';
import { requireDtype } from './lowering.js';
import type { Lowerings, Unary } from './lowering.js';

interface BatchNormInputs extends Unary {
  readonly mean: Value;
  readonly variance: Value;
  readonly scale?: Value;
  readonly offset?: Value;
}

type LayerNorm = DeviceKernels['LayerNorm'];
type LayerNormInputs = Readonly<Record<keyof LayerNorm['inputs'], Value>>;

export const normalizations: Lowerings = {
  // As one factor and one shift: with constant statistics both fold into the convolution before.
  FusedBatchNorm: ({ x, mean, variance, scale, offset }: BatchNormInputs, { varianceEpsilon }: FusedBatchNormAttrs) => {
    requireDtype(x, 'float32');
    const inverse = unary('Reciprocal', unary('Sqrt', add(variance, scalar(varianceEpsilon))));
    const factor = scale ? mul(inverse, scale) : inverse;
    const shift = unary('Neg', mul(mean, factor));
    return add(mul(x, factor), offset ? add(shift, offset) : shift);
  },
  LayerNorm: ({ x, gamma, beta }: LayerNormInputs, { epsilon }: LayerNorm['attributes']) => {
    requireDtype(x, 'float32');
    const statistics = { shape: [...x.shape.slice(0, -1), 1], dtype: 'float32' } as const;
    return nodes('LayerNormalization', [x, gamma, beta], [x, statistics, statistics], { axis: -1, epsilon });
  },
};
