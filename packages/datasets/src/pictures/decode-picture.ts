import { DatasetError } from '../errors.js';
import { refuseUnknownOptions } from '../options.js';
import { bmpHeader, decodeBmp } from './decode-bmp.js';
import { checkPixels, limitsOf, namingPicture, openPicture, openSharp, type PictureFile } from './picture-file.js';
import type { DecodeOptions, Picture, ValueRange } from './picture.js';
import { readWide, toPicture } from './wide-values.js';

/**
 * Decodes a JPEG, PNG, WebP, TIFF (first page), GIF (first frame), BMP or AVIF, given as a path or as its bytes, to
 * 8-bit RGB.
 *
 * The values are those of Pillow's `convert('RGB')`: alpha is dropped rather than composited, colour profiles are
 * ignored, CMYK is inverted. Unlike there, the EXIF orientation is applied, and 16 bits and 32-bit floating point are
 * scaled to 8 bits by `range`.
 * @throws PictureError naming the file when it is missing, larger than the limits, damaged, truncated or of another format
 */
export async function decodePicture(source: string | Uint8Array, options: DecodeOptions = {}): Promise<Picture> {
  refuseUnknownOptions(options, ['limits', 'range']);
  const limits = limitsOf(options.limits);
  if (options.range) requireRange(options.range);
  return namingPicture(source, async () =>
    decodeFile(await openPicture(source, limits), limits.maxPixels, options.range),
  );
}

function requireRange([low, high]: ValueRange): void {
  if (!Number.isFinite(low) || !Number.isFinite(high) || low >= high)
    throw new DatasetError(`Expected a low value below a high one for range but received ${low} and ${high}`);
}

export async function decodeFile(file: PictureFile, maxPixels: number, range?: ValueRange): Promise<Picture> {
  const { bytes, format } = file;
  if (format === 'BMP') {
    const header = bmpHeader(bytes);
    checkPixels(header.width, header.height, maxPixels);
    return decodeBmp(bytes, header);
  }
  const opened = await openSharp(bytes, maxPixels);
  const wide = await readWide(file, opened);
  if (wide) return toPicture(wide, range);
  const { input, metadata } = opened;
  const isCmyk = metadata.space === 'cmyk';
  // libvips would send CMYK through a profile of its own.
  const colours = isCmyk
    ? input.pipelineColourspace('cmyk').toColourspace('cmyk')
    : input.removeAlpha().toColourspace('srgb');
  const { data, info } = await colours.raw().toBuffer({ resolveWithObject: true });
  const channels = isCmyk ? 4 : 3;
  if (info.channels !== channels)
    throw new Error(`expected grey, RGB or CMYK but it has ${info.channels} channels of ${metadata.space}`);
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
