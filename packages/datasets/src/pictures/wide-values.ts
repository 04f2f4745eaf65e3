import type { Metadata, Sharp } from 'sharp';
import type { PictureFile } from './picture-file.js';
import type { Extent, Picture, ValueRange } from './picture.js';
import { isWhiteZero } from './white-is-zero.js';

/** Values of more than 8 bits a channel as a file holds them, `[height, width, channels]`. */
export interface WideValues {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  readonly values: Uint16Array | Float32Array;
  /** 16-bit whole numbers, else floating point. */
  readonly isWhole: boolean;
  /** Small values are bright. */
  readonly isWhiteZero: boolean;
}

/** @returns undefined for a picture of 8 bits a channel; throws for depths that are no picture's */
export async function readWide(
  { bytes, format }: PictureFile,
  { input, metadata }: { readonly input: Sharp; readonly metadata: Metadata },
): Promise<WideValues | undefined> {
  const { depth, space } = metadata;
  if (depth === 'uchar') return undefined;
  const isWhole = depth === 'ushort';
  const isKnown = isWhole ? space === 'grey16' || space === 'rgb16' : depth === 'float';
  const colours = metadata.channels - Number(metadata.hasAlpha);
  if (!isKnown || (colours !== 1 && colours !== 3))
    throw new Error(
      `expected grey, RGB or CMYK of 8 bits, or grey or RGB of 16 bits or 32-bit floating point, ` +
        `but it has ${metadata.channels} channels of ${space} ${depth}`,
    );
  // Named as what it is, or libvips converts: it would clip floating point, or bend it as linear light.
  const own = isWhole ? space : colours === 1 ? 'b-w' : 'scrgb';
  const { data, info } = await input
    .pipelineColourspace(own)
    .removeAlpha()
    .toColourspace(own)
    .raw({ depth })
    .toBuffer({ resolveWithObject: true });
  const { width, height } = info;
  if (info.channels !== colours) throw new Error(`expected ${colours} channels of ${space} but read ${info.channels}`);
  const aligned = data.byteOffset % 4 === 0 ? data : Buffer.from(data.buffer.slice(data.byteOffset)); // small ones are pooled
  const length = width * height * colours;
  const values = isWhole
    ? new Uint16Array(aligned.buffer, aligned.byteOffset, length)
    : new Float32Array(aligned.buffer, aligned.byteOffset, length);
  const isInverted = format === 'TIFF' && colours === 1 && isWhiteZero(bytes);
  // libvips turns 16 bits around, about 65535 whatever range is used, but not floating point.
  if (isInverted && isWhole) for (let i = 0; i < length; i++) values[i] = 65535 - values[i]!;
  return { width, height, channels: colours, values, isWhole, isWhiteZero: isInverted };
}

/** NaN and infinities are left out; a picture of nothing else extends from 0 to 0. */
export function extentOf({ values, isWhole }: WideValues): Extent {
  let low = Infinity;
  let high = -Infinity;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value < low && value !== -Infinity) low = value;
    if (value > high && value !== Infinity) high = value;
  }
  return low <= high ? { isWhole, low, high } : { isWhole, low: 0, high: 0 };
}

/** Scales to 8-bit RGB: as many values of the range to each of the 256 levels; what is outside is clipped, NaN is black. */
export function toPicture(wide: WideValues, range?: ValueRange): Picture {
  const { width, height, channels, values, isWhole, isWhiteZero } = wide;
  const [low, high] = range ?? (isWhole ? [0, 65535] : rangeOfOne(extentOf(wide)));
  const scale = 256 / (high - low + Number(isWhole));
  const data = new Uint8Array(width * height * 3);
  const repeat = 3 / channels;
  for (let i = 0, target = 0; i < values.length; i++) {
    const level = Math.floor((values[i]! - low) * scale);
    const clipped = level > 255 ? 255 : level > 0 ? level : 0;
    const shown = isWhiteZero ? 255 - clipped : clipped;
    for (let k = 0; k < repeat; k++) data[target++] = shown;
  }
  return { width, height, data };
}

/** A range needs two values, though a picture may have one. */
export function rangeOfOne({ low, high }: Pick<Extent, 'low' | 'high'>): ValueRange {
  return [low, high > low ? high : low + 1];
}
