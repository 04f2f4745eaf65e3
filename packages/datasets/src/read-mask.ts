import type { Sample } from './dataset.js';
import { decodePicture, type DecodeOptions } from './decode-picture.js';
import { DatasetError } from './errors.js';
import type { Size } from './picture.js';
import { resizeNearest } from './resize-nearest.js';

/**
 * The mask of a sample at the given size, `[height, width]` row-major: 1 where the defect is, 0 elsewhere.
 *
 * A mask is resized by nearest neighbor, and whatever is not black counts as defect. A good picture has zeros.
 * @throws PictureError for a mask that cannot be decoded, DatasetError for an anomalous sample without one
 */
export async function readMask(
  { id, anomalous, maskPath }: Pick<Sample, 'id' | 'anomalous' | 'maskPath'>,
  size: Size,
  options: DecodeOptions = {},
): Promise<Uint8Array> {
  if (!anomalous) return new Uint8Array(size[0] * size[1]);
  if (maskPath === undefined) throw new DatasetError(`Expected a mask for ${id} but it has none`);
  const { width, height, data } = await decodePicture(maskPath, options);
  const marked = Uint8Array.from({ length: width * height }, (_, i) =>
    Number((data[3 * i]! | data[3 * i + 1]! | data[3 * i + 2]!) > 0),
  );
  return resizeNearest(marked, [height, width], size);
}
