import * as tf from '@tensorflow/tfjs';
import type { FeatureSource } from '../../training/feature-source.js';

/** Means over squares of `side` by `side` cells, side by side: `[batch, rows, columns, channels]`, `rows / side` of them. */
export function squareMeans(map: tf.Tensor4D, side: number): tf.Tensor4D {
  return side === 1 ? map : tf.avgPool(map, side, side, 'valid');
}

/**
 * The same of every picture of a source, before a graph sees them.
 *
 * @param stride cells from one square to the next: 1 gives the squares at every place
 */
export function sourceOfSquareMeans(source: FeatureSource, side: number, stride: number): FeatureSource {
  if (side === 1) return source;
  const [rows, columns, channels] = source.shape;
  const down = Math.floor((rows - side) / stride) + 1;
  const across = Math.floor((columns - side) / stride) + 1;
  return {
    ...source,
    shape: [down, across, channels],
    read: async (index) => {
      const map = await source.read(index);
      const means = new Float32Array(down * across * channels);
      for (let square = 0; square < down * across; square++) {
        const first = Math.floor(square / across) * stride * columns + (square % across) * stride;
        const to = square * channels;
        for (let cell = 0; cell < side ** 2; cell++) {
          const from = (first + Math.floor(cell / side) * columns + (cell % side)) * channels;
          for (let c = 0; c < channels; c++) means[to + c]! += map[from + c]! / side ** 2;
        }
      }
      return means;
    },
  };
}
