import { readFile, stat } from 'node:fs/promises';
import sharp, { type Metadata, type Sharp } from 'sharp';
import { PictureError } from '../errors.js';
import { refuseUnknownOptions, requireCount } from '../options.js';
import { bmpHeader } from './decode-bmp.js';
import { detectFormat, pictureFormats, type PictureFormat } from './picture-format.js';
import { defaultLimits } from './picture.js';
import type { PictureLimits } from './picture.js';

export type Limits = Required<PictureLimits>;

/** A picture file's bytes and its format, which comes from the content, not the name. */
export interface PictureFile {
  readonly bytes: Buffer;
  readonly format: PictureFormat;
}

/** The limits with their defaults. Throws DatasetError for one that cannot be. */
export function limitsOf(limits: PictureLimits = {}): Limits {
  refuseUnknownOptions(limits, ['maxPixels', 'maxBytes']);
  const { maxPixels = defaultLimits.maxPixels, maxBytes = defaultLimits.maxBytes } = limits;
  requireCount(maxPixels, 'maxPixels');
  requireCount(maxBytes, 'maxBytes');
  return { maxPixels, maxBytes };
}

/** Runs work on a picture, so that whatever goes wrong is a PictureError that names the picture. */
export async function namingPicture<T>(source: string | Uint8Array, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof PictureError) throw error;
    const name = typeof source === 'string' ? source : `the picture of ${source.byteLength} bytes`;
    const { message } = error as Error; // file system and decoders reject with nothing else
    throw new PictureError(name, message.trim().replaceAll(/\s*\n\s*/g, ' '), { cause: error });
  }
}

/** The bytes of a file, once its size is known to be within the limit. */
export async function readLimited(path: string, maxBytes: number): Promise<Buffer> {
  const entry = await stat(path);
  if (!entry.isFile()) throw new Error('expected a file'); // a named pipe would never end
  checkBytes(entry.size, maxBytes);
  return readFile(path);
}

export async function openPicture(source: string | Uint8Array, { maxBytes }: Limits): Promise<PictureFile> {
  if (typeof source !== 'string') checkBytes(source.byteLength, maxBytes);
  const bytes =
    typeof source === 'string'
      ? await readLimited(source, maxBytes)
      : Buffer.from(source.buffer, source.byteOffset, source.byteLength);
  const format = detectFormat(bytes);
  if (format === undefined)
    throw new Error(`expected ${pictureFormats.join(', ')} but its first bytes are of none of them`);
  return { bytes, format };
}

function checkBytes(size: number, maxBytes: number): void {
  if (size === 0) throw new Error('the file is empty');
  if (size > maxBytes) throw new Error(`expected at most ${maxBytes} bytes but it has ${size}`);
}

export function checkPixels(width: number, height: number, maxPixels: number): void {
  if (width * height > maxPixels)
    throw new Error(`expected at most ${maxPixels} pixels but it has ${width} x ${height}`);
}

/** A picture that libvips decodes, its values as they are: not for BMP. Its size is within the limit. */
export async function openSharp(bytes: Buffer, maxPixels: number): Promise<{ input: Sharp; metadata: Metadata }> {
  // The header alone is read before the size is checked, so that the message is ours.
  const metadata = await sharp(bytes, { failOn: 'error', autoOrient: true, limitInputPixels: false }).metadata();
  checkPixels(metadata.width, metadata.height, maxPixels);
  const input = sharp(bytes, { failOn: 'error', autoOrient: true, ignoreIcc: true, limitInputPixels: maxPixels });
  return { input, metadata };
}

/** Size as stored, and the EXIF orientation (1 to 8) that turns it into what is shown. */
export interface PictureShape {
  readonly width: number;
  readonly height: number;
  readonly orientation: number;
}

/** Reads no more than a picture's header. */
export async function readShape(source: string, limits: Limits): Promise<PictureShape> {
  return namingPicture(source, async () => {
    const { bytes, format } = await openPicture(source, limits);
    if (format === 'BMP') return { ...bmpHeader(bytes), orientation: 1 };
    const { width, height, orientation = 1 } = (await openSharp(bytes, limits.maxPixels)).metadata;
    return { width, height, orientation };
  });
}
