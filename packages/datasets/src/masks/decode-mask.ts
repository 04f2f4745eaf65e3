import { bmpHeader } from '../pictures/decode-bmp.js';
import { decodeFile } from '../pictures/decode-picture.js';
import {
  checkPixels,
  namingPicture,
  openPicture,
  openSharp,
  type Limits,
  type PictureFile,
} from '../pictures/picture-file.js';
import { indexedFile, type Colour } from './indices.js';

/** A mask file's pixels, its own EXIF orientation applied. */
export interface DecodedMask {
  readonly width: number;
  readonly height: number;
  /** 1 where the file marks a defect, `[height, width]`. */
  readonly marked: Uint8Array;
  /** The EXIF orientation that was applied; 1 is none. */
  readonly orientation: number;
}

/**
 * Decodes a mask. What is background is decided on the file's own values, before anything is scaled:
 * - one value a pixel, of any depth: 0 is background;
 * - an index into a palette: black is background if that tells some pixels from others, else index 0 is;
 * - colours: black is background, and so is what is wholly transparent; where the colour is the same everywhere, alpha alone tells;
 * - lossy compression leaves traces around a defect: there, half of the brightest value is the least that counts.
 *
 * @throws PictureError naming a mask that cannot be decoded
 */
export async function decodeMask(path: string, limits: Limits): Promise<DecodedMask> {
  return namingPicture(path, async () => {
    const file = await openPicture(path, limits);
    if (file.format === 'BMP') {
      const { width, height } = bmpHeader(file.bytes);
      checkPixels(width, height, limits.maxPixels);
    }
    const indexed = indexedFile(file);
    if (!indexed) return markColours(file, limits);
    const { width, height, data } = await decodeFile(indexed.file, limits.maxPixels);
    const isMarked = markedIndices(indexed.palette, data);
    const marked = Uint8Array.from({ length: width * height }, (_, i) => Number(isMarked[data[3 * i]!]));
    return { width, height, marked, orientation: 1 };
  });
}

/** Whether a pixel of each index is marked. */
function markedIndices(palette: readonly Colour[], greys: Uint8Array): boolean[] {
  const isUsed: boolean[] = [];
  for (let i = 0; i < greys.length; i += 3) isUsed[greys[i]!] = true;
  const used = palette.filter((_, i) => isUsed[i]);
  const isBlack = ([red, green, blue]: Colour): boolean => (red | green | blue) === 0;
  const byAlpha = new Set(used.map(([, , , alpha]) => alpha)).size > 1;
  const byColour = used.some(isBlack) && !used.every(isBlack);
  return palette.map((colour, i) => {
    const isClear = colour[3] === 0;
    if (byColour) return !isBlack(colour) && !(byAlpha && isClear);
    return byAlpha ? !isClear : i !== 0;
  });
}

async function markColours(file: PictureFile, { maxPixels }: Limits): Promise<DecodedMask> {
  const { width, height, channels, hasAlpha, values, orientation, isLossy } = await ownValues(file, maxPixels);
  const colours = channels - Number(hasAlpha);
  const pixels = width * height;
  const bright = new Float64Array(pixels);
  let brightest = 0;
  let isOneColour = true;
  let isOneAlpha = true;
  for (let i = 0; i < pixels; i++) {
    for (let channel = 0; channel < colours; channel++) {
      const value = values[i * channels + channel]!;
      bright[i] = Math.max(bright[i]!, Number.isNaN(value) ? 0 : Math.abs(value));
      isOneColour &&= value === values[channel];
    }
    brightest = Math.max(brightest, bright[i]!);
    if (hasAlpha) isOneAlpha &&= values[i * channels + colours] === values[colours];
  }
  const least = isLossy ? brightest / 2 : 0;
  const marked = new Uint8Array(pixels);
  for (let i = 0; i < pixels; i++) {
    const isVisible = isOneAlpha || values[i * channels + colours] !== 0;
    const isColoured = (isOneColour && !isOneAlpha) || (bright[i]! > 0 && bright[i]! >= least);
    marked[i] = Number(isVisible && isColoured);
  }
  return { width, height, marked, orientation };
}

interface OwnValues {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly hasAlpha: boolean;
  readonly values: ArrayLike<number>; // [height, width, channels]
  readonly orientation: number;
  readonly isLossy: boolean;
}

const arrays = {
  uchar: Uint8Array,
  char: Int8Array,
  ushort: Uint16Array,
  short: Int16Array,
  uint: Uint32Array,
  int: Int32Array,
  float: Float32Array,
} as const;

async function ownValues(file: PictureFile, maxPixels: number): Promise<OwnValues> {
  const { bytes, format } = file;
  const opened = format === 'BMP' ? undefined : await openSharp(bytes, maxPixels);
  const space = opened?.metadata.space;
  const depth = opened?.metadata.depth;
  if (!opened || space === 'cmyk' || depth === undefined || !(depth in arrays)) {
    const { width, height, data } = await decodeFile(file, maxPixels);
    return { width, height, channels: 3, hasAlpha: false, values: data, orientation: 1, isLossy: space === 'cmyk' };
  }
  const { input, metadata } = opened;
  // Named as what it is, or libvips converts it.
  const isGrey = metadata.channels - Number(metadata.hasAlpha) === 1;
  const own = depth === 'uchar' || depth === 'ushort' || !isGrey ? space! : 'b-w';
  const kind = depth as keyof typeof arrays;
  const { data, info } = await input
    .pipelineColourspace(own)
    .toColourspace(own)
    .raw({ depth: kind })
    .toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  const type = arrays[kind];
  const aligned = data.byteOffset % 4 === 0 ? data : Buffer.from(data.buffer.slice(data.byteOffset));
  return {
    width,
    height,
    channels,
    hasAlpha: metadata.hasAlpha,
    values: new type(aligned.buffer, aligned.byteOffset, width * height * channels),
    orientation: metadata.orientation ?? 1,
    isLossy: isLossy(file, metadata.compression),
  };
}

/** WebP is lossless only where it says so in its first chunk, or in that of its extended header. */
function isLossy({ bytes, format }: PictureFile, compression: string | undefined): boolean {
  if (format === 'WebP') return !bytes.subarray(12, 64 * 1024).includes('VP8L');
  return format === 'JPEG' || format === 'AVIF' || compression === 'jpeg';
}
