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
export function sourceOfSquareMeans(source: FeatureSource, squares: Squares): FeatureSource {
  if (squares.side === 1) return source;
  const [rows, columns, channels] = source.shape;
  const [down, across] = [windows(rows, squares), windows(columns, squares)];
  return {
    ...source,
    shape: [down, across, channels],
    read: async (index) => {
      const map = await source.read(index);
      // Down, then across: a square costs twice its side instead of its side squared.
      const stripes = windowMeans(map, [1, rows, columns * channels], squares);
      return windowMeans(stripes, [down, columns, channels], squares);
    },
  };
}

/** How many windows of a square's side fit so many cells. */
function windows(cells: number, { side, stride, margin }: Squares): number {
  return Math.floor((cells + 2 * margin - side) / stride) + 1;
}

/** Means over windows of the middle axis of `[outer, length, inner]`: `[outer, windows, inner]`. */
function windowMeans(values: Float32Array, shape: readonly [number, number, number], squares: Squares): Float32Array {
  const [outer, length, inner] = shape;
  const { side, stride, margin } = squares;
  const count = windows(length, squares);
  const means = new Float32Array(outer * count * inner);
  for (let i = 0; i < outer; i++) {
    for (let window = 0; window < count; window++) {
      const start = window * stride - margin;
      const to = (i * count + window) * inner;
      for (let cell = Math.max(0, start); cell < Math.min(length, start + side); cell++) {
        const from = (i * length + cell) * inner;
        for (let c = 0; c < inner; c++) means[to + c]! += values[from + c]! / side;
      }
    }
  }
  return means;
}
