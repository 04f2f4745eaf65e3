import { DatasetError } from '../errors.js';
import { refuseUnknownOptions, requireCount } from '../options.js';
import type { Picture, Size } from './picture.js';
import { resizeBilinear } from './resize-bilinear.js';

/** Mean of red, green and blue over ImageNet, for pictures in [0, 1]. */
export const IMAGENET_MEAN = [0.485, 0.456, 0.406] as const;
/** Standard deviation of red, green and blue over ImageNet, for pictures in [0, 1]. */
export const IMAGENET_DEVIATION = [0.229, 0.224, 0.225] as const;

type Rgb = readonly [red: number, green: number, blue: number];

/** A picture as decoders and canvases hand it out, 8 bits a channel. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  /** RGB `[height, width, 3]`, or RGBA `[height, width, 4]` as of `getImageData`. */
  readonly data: Uint8Array | Uint8ClampedArray;
}

/** The size and the normalisation that a network takes. */
export interface PreprocessOptions {
  readonly imageSize: Size;
  /** Subtracted from each channel after scaling to [0, 1]; ImageNet's by default. */
  readonly mean?: Rgb;
  /** Each channel is divided by it; ImageNet's by default. */
  readonly deviation?: Rgb;
}

/**
 * What a network takes: the picture resized (bilinear, antialiased) and normalised, `[height, width, 3]`; alpha is dropped.
 *
 * @throws DatasetError for a picture, a size or a deviation that cannot be
 */
export function preprocessPicture(picture: Pixels, options: PreprocessOptions): Float32Array {
  refuseUnknownOptions(options, ['imageSize', 'mean', 'deviation']);
  const { imageSize, mean = IMAGENET_MEAN, deviation = IMAGENET_DEVIATION } = options;
  const tables = mean.map((channelMean, channel) => normalisedBytes(channelMean, deviation[channel]!));
  const [reds, greens, blues] = tables as [Float32Array, Float32Array, Float32Array];
  const { data } = resizeBilinear(toRgb(picture), imageSize);
  const output = new Float32Array(data.length);
  for (let i = 0; i < data.length; i += 3) {
    output[i] = reds[data[i]!]!;
    output[i + 1] = greens[data[i + 1]!]!;
    output[i + 2] = blues[data[i + 2]!]!;
  }
  return output;
}

/** Alpha is dropped, as of files. */
function toRgb({ width, height, data }: Pixels): Picture {
  requireCount(width, 'width');
  requireCount(height, 'height');
  const pixels = width * height;
  // By its tag, since an array may come from another realm.
  const type = Object.prototype.toString.call(data).slice(8, -1);
  if (type !== 'Uint8Array' && type !== 'Uint8ClampedArray')
    throw new DatasetError(`Expected a Uint8Array or Uint8ClampedArray for data but received ${type}`);
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  if (bytes.length === 3 * pixels) return { width, height, data: bytes };
  if (bytes.length !== 4 * pixels)
    throw new DatasetError(
      `Expected ${3 * pixels} bytes (RGB) or ${4 * pixels} (RGBA) for a picture of ${width} x ${height} but received ${bytes.length}`,
    );
  const rgb = new Uint8Array(3 * pixels);
  for (let source = 0, target = 0; target < rgb.length; source += 4) {
    rgb[target++] = bytes[source]!;
    rgb[target++] = bytes[source + 1]!;
    rgb[target++] = bytes[source + 2]!;
  }
  return { width, height, data: rgb };
}

/** The normalised value of each of the 256 bytes. */
function normalisedBytes(mean: number, deviation: number): Float32Array {
  if (!Number.isFinite(mean) || !(deviation > 0)) {
    throw new DatasetError(`Expected a finite mean and a deviation above 0 but received ${mean} and ${deviation}`);
  }
  return Float32Array.from({ length: 256 }, (_, byte) => (byte / 255 - mean) / deviation);
}
