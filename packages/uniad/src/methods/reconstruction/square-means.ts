import * as tf from '@tensorflow/tfjs';
import type { FeatureSource } from '../../training/feature-source.js';

/** Squares of cells of a feature map, in cells. */
export interface Squares {
  readonly side: number;
  /** From where one begins to where the next does. */
  readonly stride: number;
  /** How far the first and the last reach beyond the map: there are zeros, which count, and by which a border is like no inside. */
  readonly margin: number;
}

/** The squares that are tokens: side by side. */
export const tokenSquares = (tokenSize: number): Squares => ({ side: tokenSize, stride: tokenSize, margin: 0 });

/** The squares that are patches, `size` tokens wide: each a token and what is around it. */
export const patchSquares = (tokenSize: number, size: number): Squares => {
  return { side: size * tokenSize, stride: tokenSize, margin: (tokenSize * (size - 1)) / 2 };
};

/** Their means: `[batch, rows, columns, channels]` of cells to the same of squares; the sides of the map are multiples of the stride. */
export function squareMeans(map: tf.Tensor4D, { side, stride, margin }: Squares): tf.Tensor4D {
  if (side === 1) return map;
  return tf.tidy(() => {
    const beyond: [number, number] = [margin, margin];
    const padded = margin > 0 ? tf.pad(map, [[0, 0], beyond, beyond, [0, 0]]) : map;
    return tf.avgPool(padded, side, stride, 'valid');
  });
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
        const to = square * channels;
        for (let row = first; row < bottom; row++) {
          for (let column = start; column < right; column++) {
            const from = (row * columns + column) * channels;
            for (let c = 0; c < channels; c++) means[to + c]! += map[from + c]! / side ** 2;
          }
        }
      }
      return means;
    },
  };
}
