import * as tf from '@tensorflow/tfjs';
import type { FeatureSource } from '../../training/feature-source.js';

/** Squares of cells of a feature map, in cells. */
export interface Squares {
  readonly side: number;
  /** From where one begins to where the next does. */
  readonly stride: number;
  /** How far the first and the last reach beyond the map, where there is nothing that counts. */
  readonly margin: number;
}

/** The squares that are tokens: side by side. */
export const tokenSquares = (tokenSize: number): Squares => ({ side: tokenSize, stride: tokenSize, margin: 0 });

/** The squares that are patches: each a token and half a token around it. */
export const patchSquares = (tokenSize: number): Squares => {
  return { side: 2 * tokenSize, stride: tokenSize, margin: tokenSize / 2 };
};

/** Their means: `[batch, rows, columns, channels]` of cells to the same of squares; the sides of the map are multiples of the stride. */
export function squareMeans(map: tf.Tensor4D, { side, stride }: Squares): tf.Tensor4D {
  // Of both kinds of squares, there are as many as strides; of what reaches beyond the map, half is on each side.
  return side === 1 ? map : tf.avgPool(map, side, stride, 'same');
}

/** The same of every picture of a source, before a graph sees them; any squares. */
export function sourceOfSquareMeans(source: FeatureSource, { side, stride, margin }: Squares): FeatureSource {
  if (side === 1) return source;
  const [rows, columns, channels] = source.shape;
  const count = (cells: number) => Math.floor((cells + 2 * margin - side) / stride) + 1;
  const [down, across] = [count(rows), count(columns)];
  return {
    ...source,
    shape: [down, across, channels],
    read: async (index) => {
      const map = await source.read(index);
      const means = new Float32Array(down * across * channels);
      for (let square = 0; square < down * across; square++) {
        const [top, left] = [Math.floor(square / across) * stride - margin, (square % across) * stride - margin];
        const [bottom, right] = [Math.min(rows, top + side), Math.min(columns, left + side)];
        const [first, start] = [Math.max(0, top), Math.max(0, left)];
        const cells = (bottom - first) * (right - start);
        const to = square * channels;
        for (let row = first; row < bottom; row++) {
          for (let column = start; column < right; column++) {
            const from = (row * columns + column) * channels;
            for (let c = 0; c < channels; c++) means[to + c]! += map[from + c]! / cells;
          }
        }
      }
      return means;
    },
  };
}
