import type { _FusedMatMulAttrs, BatchMatMulAttrs } from '@tensorflow/tfjs';
import type { Value } from '../graph.js';
import { add, matMul } from '../ops.js';
import { activate } from './elementwise.js';
import { requireDtype } from './lowering.js';
import type { Binary, Lowerings } from './lowering.js';

interface FusedInputs extends Binary {
  readonly bias?: Value;
  readonly preluActivationWeights?: Value;
}

export const products: Lowerings = {
  BatchMatMul: ({ a, b }: Binary, attrs: BatchMatMulAttrs) => {
    requireDtype(a, 'float32');
    requireDtype(b, 'float32');
    return matMul(a, b, attrs);
  },
  _FusedMatMul: ({ a, b, bias, preluActivationWeights }: FusedInputs, attrs: _FusedMatMulAttrs) => {
    requireDtype(a, 'float32');
    requireDtype(b, 'float32');
    const product = matMul(a, b, attrs);
    return activate(
      bias ? add(product, bias) : product,
      attrs.activation,
      preluActivationWeights,
      attrs.leakyreluAlpha,
    );
  },
};
