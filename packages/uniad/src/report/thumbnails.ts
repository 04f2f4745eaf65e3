import type { Picture } from '@uniad/datasets';
import sharp from 'sharp';
import type { Size } from '../methods/shared-config.js';
import type { HeatScale } from '../draw/colour-map.js';
import { drawHeatMap } from '../draw/heat-map.js';

/** What the gallery shows of a picture, as data URIs. */
export interface Thumbnails {
  readonly picture: string;
  readonly heatMap: string;
  /** Absent for a good picture, and where there is none. */
  readonly mask: string | undefined;
}

export interface ThumbnailSource {
  readonly picture: Picture;
  /** `[height, width]` of `mapSize`. */
  readonly map: Float32Array;
  /** `[height, width]` of `mapSize`, 1 where the defect is. */
  readonly mask: Uint8Array | undefined;
  readonly mapSize: Size;
  readonly scale: HeatScale;
}

const QUALITY = 74;

/** Colour of a defect in its mask. */
const MARK = { r: 226, g: 88, b: 34 };

/** Draws a picture, its heat map and its mask, the longer side `side` pixels. */
export async function drawThumbnails(
  { picture: original, map, mask, mapSize, scale: heat }: ThumbnailSource,
  side: number,
): Promise<Thumbnails> {
  const scale = Math.min(1, side / Math.max(original.width, original.height));
  const width = Math.max(1, Math.round(original.width * scale));
  const height = Math.max(1, Math.round(original.height * scale));
  const data = await sharp(original.data, { raw: { width: original.width, height: original.height, channels: 3 } })
    .resize(width, height, { fit: 'fill' })
    .raw()
    .toBuffer();
  const heatMap = await drawHeatMap({ width, height, data }, map, mapSize, heat);
  return {
    picture: dataUri(
      'image/webp',
      await sharp(data, { raw: { width, height, channels: 3 } })
        .webp({ quality: QUALITY })
        .toBuffer(),
    ),
    heatMap: dataUri('image/webp', await sharp(heatMap).webp({ quality: QUALITY }).toBuffer()),
    mask: mask?.includes(1) ? dataUri('image/png', await drawMask(mask, mapSize, width, height)) : undefined,
  };
}

/** The defect in colour on nothing. */
async function drawMask(mask: Uint8Array, [rows, columns]: Size, width: number, height: number): Promise<Buffer> {
  const pixels = new Uint8Array(mask.length * 4);
  mask.forEach((marked, i) => pixels.set([MARK.r, MARK.g, MARK.b, 255 * marked], 4 * i));
  return sharp(pixels, { raw: { width: columns, height: rows, channels: 4 } })
    .resize(width, height, { fit: 'fill', kernel: 'nearest' })
    .png({ palette: true, colours: 4 })
    .toBuffer();
}

function dataUri(type: string, bytes: Buffer): string {
  return `data:${type};base64,${bytes.toString('base64')}`;
}
