import * as tf from '@tensorflow/tfjs';
import type { Case } from '../agreement.js';

function product(transposeA: boolean, transposeB: boolean, batchA: number[], batchB: number[]): Case {
  const a = transposeA ? [4, 3] : [3, 4];
  const b = transposeB ? [5, 4] : [4, 5];
  return {
    kernel: 'BatchMatMul',
    run: (x, y) => tf.matMul(x as tf.Tensor, y as tf.Tensor, transposeA, transposeB),
    inputs: [{ shape: [...batchA, ...a] }, { shape: [...batchB, ...b] }],
    noGradients: batchA.join() !== batchB.join(),
  };
}

const flags = [
  [false, false],
  [true, false],
  [false, true],
  [true, true],
] as const;

export const matmulCases: Case[] = [
  ...flags.flatMap(([a, b]) => [
    product(a, b, [], []),
    product(a, b, [2], [2]),
    product(a, b, [2, 3], [2, 3]),
    product(a, b, [2], [1]),
  ]),
  ...(['linear', 'relu', 'relu6', 'elu', 'sigmoid', 'leakyrelu', 'prelu'] as const).map((activation): Case => ({
    kernel: '_FusedMatMul',
    run: (a, b, bias, slope) =>
      tf.fused.matMul({
        a: a as tf.Tensor,
        b: b as tf.Tensor,
        transposeB: true,
        bias: bias as tf.Tensor,
        activation,
        ...(activation === 'prelu' && slope ? { preluActivationWeights: slope } : {}),
      }),
    inputs: [{ shape: [3, 4] }, { shape: [5, 4] }, { shape: [5] }, { shape: [5] }],
    noGradients: true,
  })),
];
