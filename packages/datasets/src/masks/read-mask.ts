import { readShape, type Limits, type PictureShape } from '../pictures/picture-file.js';
import type { Size } from '../pictures/picture.js';
import { resizeNearest } from '../pictures/resize-nearest.js';
import { decodeMask, type DecodedMask } from './decode-mask.js';
import { orient } from './orient.js';

export interface MaskSource {
  /** For messages. */
  readonly id: string;
  readonly picture: string;
  /** What any of them marks is defect. */
  readonly masks: readonly string[];
}

/**
 * The mask of an anomalous picture at the given size, `[height, width]`: 1 where the defect is, 0 elsewhere; resized by
 * nearest neighbor.
 *
 * A mask that was drawn on the picture as stored is turned as the picture is. What looks wrong is warned of, by name.
 * @throws PictureError for a picture or a mask that cannot be read
 */
export async function readMask(
  { id, picture, masks }: MaskSource,
  size: Size,
  limits: Limits,
  onWarning: (message: string) => void,
): Promise<Uint8Array> {
  const shape = await readShape(picture, limits);
  const output = new Uint8Array(size[0] * size[1]);
  let marked = 0;
  let pixels = 0;
  for (const path of masks) {
    const mask = turned(await decodeMask(path, limits), shape, { id, path, onWarning });
    for (const value of mask.values) marked += value;
    pixels += mask.values.length;
    const resized = resizeNearest(mask.values, [mask.height, mask.width], size);
    for (let i = 0; i < output.length; i++) output[i]! |= resized[i]!;
  }
  const name = masks.length === 1 ? masks[0] : `${masks.length} masks such as ${masks[0]}`;
  if (marked === 0) onWarning(`The mask of ${id} marks nothing: ${name}`);
  else if (marked === pixels) onWarning(`The mask of ${id} marks the whole picture: ${name}`);
  return output;
}

type Named = { readonly id: string; readonly path: string; readonly onWarning: (message: string) => void };

/** Lays the mask as the picture is shown. */
function turned(
  { width, height, marked, orientation }: DecodedMask,
  stored: PictureShape,
  { id, path, onWarning }: Named,
): ReturnType<typeof orient> {
  const swaps = stored.orientation >= 5;
  const shown = swaps ? { width: stored.height, height: stored.width } : stored;
  const fitsShown = sameAspect({ width, height }, shown);
  if (stored.orientation !== 1 && orientation === 1) {
    const fitsStored = sameAspect({ width, height }, stored);
    if (fitsStored && !fitsShown) return orient(marked, width, height, stored.orientation);
    if (fitsStored)
      onWarning(
        `${id} is turned by its EXIF orientation ${stored.orientation} and its mask has none: ` +
          `the mask is taken as drawn on the turned picture: ${path}`,
      );
  }
  if (!fitsShown)
    onWarning(
      `The mask of ${id} has another aspect ratio, ${width} x ${height} for a picture of ${shown.width} x ${shown.height}, ` +
        `and is stretched: ${path}`,
    );
  return { width, height, values: marked };
}

interface Shape {
  readonly width: number;
  readonly height: number;
}

/** Up to rounding, where one is a smaller version of the other. */
function sameAspect(a: Shape, b: Shape): boolean {
  const least = Math.min(a.width, a.height, b.width, b.height);
  return Math.abs(Math.log((a.width * b.height) / (a.height * b.width))) <= 0.01 + 1 / least;
}
