import { DatasetError } from '../errors.js';
import { requireCount } from '../options.js';
import type { Size } from './picture.js';

/**
 * Resizes one channel, `[height, width]` row-major, by nearest neighbor: the same pixels as Pillow's `resize(..., NEAREST)`.
 *
 * @throws DatasetError for sizes that are not whole numbers above 0, or values of another number
 */
export function resizeNearest(values: Uint8Array, [height, width]: Size, [newHeight, newWidth]: Size): Uint8Array {
  for (const [name, value] of Object.entries({ height, width, newHeight, newWidth })) requireCount(value, name);
  if (values.length !== height * width)
    throw new DatasetError(`Expected ${height} x ${width} values but received ${values.length}`);
  const rows = nearest(height, newHeight);
  const columns = nearest(width, newWidth);
  const output = new Uint8Array(newHeight * newWidth);
  for (const [y, row] of rows.entries()) {
    for (let x = 0; x < newWidth; x++) output[y * newWidth + x] = values[row * width + columns[x]!]!;
  }
  return output;
}

/** Input position of each output position. Pillow adds up steps, and so rounds differently from (i + 0.5) * scale. */
function nearest(inputSize: number, outputSize: number): Int32Array {
  const step = inputSize / outputSize;
  let position = step * 0.5;
  return Int32Array.from({ length: outputSize }, () => {
    const index = Math.min(Math.trunc(position), inputSize - 1);
    position += step;
    return index;
  });
}
