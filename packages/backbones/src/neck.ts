import * as tf from '@tensorflow/tfjs';
import { BackboneError } from './error.js';

export interface NeckOptions {
  /**
   * How a map gets its new size. `aligned`: bilinear, corners aligned (UniAD, section 3.3). `average`: cells are averaged where
   * the map shrinks and interpolated between their centres where it grows, so that every value counts and none moves.
   */
  readonly resize?: 'aligned' | 'average';
  /** Side of the window, in cells of each map, whose mean takes a cell's place beforehand; odd (PatchCore, section 3.1). */
  readonly patchSize?: number;
}

/**
 * Joins feature maps: each brought to one size, then side by side.
 *
 * @param features maps `[batch, height, width, channels]`
 * @param size rows and columns of the result
 * @returns `[batch, rows, columns, sum of channels]`
 * @throws BackboneError when there is no map, the size is not positive whole numbers, or the patch size is not odd
 */
export function neck(
  features: readonly tf.Tensor4D[],
  size: readonly [rows: number, columns: number],
  { resize = 'aligned', patchSize = 1 }: NeckOptions = {},
): tf.Tensor4D {
  if (features.length === 0) throw new BackboneError('Expected at least one feature map but received none');
  if (!size.every((side) => Number.isInteger(side) && side > 0)) {
    throw new BackboneError(
      `Expected positive whole numbers for the size of the neck but received [${size.join(', ')}]`,
    );
  }
  if (!(Number.isInteger(patchSize) && patchSize > 0 && patchSize % 2 === 1)) {
    throw new BackboneError(`Expected an odd number for the patch size of the neck but received ${patchSize}`);
  }
  const resized = resize === 'aligned' ? aligned : averaged;
  return tf.tidy(() =>
    tf.concat(
      features.map((map) => resized(patchMeans(map, patchSize), size)),
      3,
    ),
  );
}

/** Beyond the border there are zeros, which count, as in PyTorch's and PatchCore's own code. */
function patchMeans(map: tf.Tensor4D, patchSize: number): tf.Tensor4D {
  if (patchSize === 1) return map;
  const beside = (patchSize - 1) / 2;
  const padded = tf.pad(map, [[0, 0], [beside, beside], [beside, beside], [0, 0]]); // prettier-ignore
  return tf.avgPool(padded, patchSize, 1, 'valid');
}

function aligned(map: tf.Tensor4D, size: readonly [number, number]): tf.Tensor4D {
  return tf.image.resizeBilinear(map, [...size], true);
}

/** Interpolation brings it to the next multiple of the size, the mean of each window to the size itself. */
function averaged(map: tf.Tensor4D, [rows, columns]: readonly [number, number]): tf.Tensor4D {
  const [, height, width] = map.shape;
  const window: [number, number] = [Math.ceil(height / rows), Math.ceil(width / columns)];
  const multiple: [number, number] = [rows * window[0], columns * window[1]];
  const fits = multiple[0] === height && multiple[1] === width;
  const grown = fits ? map : tf.image.resizeBilinear(map, multiple, false, true);
  return window[0] * window[1] === 1 ? grown : tf.avgPool(grown, window, window, 'valid');
}
