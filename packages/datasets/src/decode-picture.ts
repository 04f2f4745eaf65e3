import { readFile, stat } from 'node:fs/promises';
import sharp from 'sharp';
import { PictureError } from './errors.js';
import { refuseUnknownOptions, requireCount } from './options.js';
import { detectFormat, pictureFormats } from './picture-format.js';
import type { Picture } from './picture.js';

/** What a picture may cost; both are checked before memory is taken. */
export interface PictureLimits {
  /** 100 million by default, 300 MB once decoded. */
  readonly maxPixels?: number;
  /** Of the file; 256 MiB by default. */
  readonly maxBytes?: number;
}

export interface DecodeOptions {
  readonly limits?: PictureLimits;
}

/**
 * Decodes a JPEG, PNG, WebP, TIFF (first page) or GIF (first frame), given as a path or as its bytes, to 8-bit RGB.
 *
 * The values are those of Pillow's `convert('RGB')`: alpha is dropped rather than composited, colour profiles are
 * ignored, CMYK is inverted. Unlike there, the EXIF orientation is applied and 16 bits are scaled to 8, not clipped.
 * @throws PictureError naming the file when it is missing, larger than the limits, damaged, truncated or of another format
 */
export async function decodePicture(source: string | Uint8Array, options: DecodeOptions = {}): Promise<Picture> {
  refuseUnknownOptions(options, ['limits']);
  refuseUnknownOptions(options.limits ?? {}, ['maxPixels', 'maxBytes']);
  const { maxPixels = 100e6, maxBytes = 256 * 2 ** 20 } = options.limits ?? {};
  requireCount(maxPixels, 'maxPixels');
  requireCount(maxBytes, 'maxBytes');
  const name = typeof source === 'string' ? source : `the picture of ${source.byteLength} bytes`;
  try {
    return await decode(typeof source === 'string' ? await readLimited(source, maxBytes) : source, maxPixels, maxBytes);
  } catch (error) {
    const { message } = error as Error; // file system and sharp reject with nothing else
    throw new PictureError(name, message.trim().replaceAll(/\s*\n\s*/g, ' '), { cause: error });
  }
}

async function readLimited(path: string, maxBytes: number): Promise<Uint8Array> {
  const entry = await stat(path);
  if (!entry.isFile()) throw new Error('expected a file'); // a named pipe would never end
  checkBytes(entry.size, maxBytes);
  return readFile(path);
}

function checkBytes(size: number, maxBytes: number): void {
  if (size === 0) throw new Error('the file is empty');
  if (size > maxBytes) throw new Error(`expected at most ${maxBytes} bytes but it has ${size}`);
}

async function decode(bytes: Uint8Array, maxPixels: number, maxBytes: number): Promise<Picture> {
  checkBytes(bytes.byteLength, maxBytes);
  if (detectFormat(bytes) === undefined)
    throw new Error(`expected ${pictureFormats.join(', ')} but its first bytes are of none of them`);
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const input = sharp(buffer, { failOn: 'error', autoOrient: true, ignoreIcc: true, limitInputPixels: maxPixels });
  const { width, height, space, depth } = await input.metadata();
  if (width * height > maxPixels)
    throw new Error(`expected at most ${maxPixels} pixels but it has ${width} x ${height}`);
  const isCmyk = space === 'cmyk';
  if (depth !== 'uchar' && (depth !== 'ushort' || isCmyk))
    throw new Error(`expected 8 or 16 bits a channel but its channels are ${space} ${depth}`);
  // libvips would send CMYK through a profile of its own.
  const colours = isCmyk
    ? input.pipelineColourspace('cmyk').toColourspace('cmyk')
    : input.removeAlpha().toColourspace('srgb');
  const { data, info } = await colours.raw().toBuffer({ resolveWithObject: true });
  const channels = isCmyk ? 4 : 3;
  if (info.channels !== channels)
    throw new Error(`expected grey, RGB or CMYK but it has ${info.channels} channels of ${space}`);
  const pixels = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return { width: info.width, height: info.height, data: isCmyk ? cmykToRgb(pixels) : pixels };
}

/** Pillow's conversion: each ink darkens what black leaves. */
function cmykToRgb(cmyk: Uint8Array): Uint8Array {
  const rgb = new Uint8Array((cmyk.length / 4) * 3);
  for (let source = 0, target = 0; source < cmyk.length; source += 4) {
    const light = 255 - cmyk[source + 3]!;
    for (let ink = 0; ink < 3; ink++) rgb[target++] = light - Math.round((cmyk[source + ink]! * light) / 255);
  }
  return rgb;
}
