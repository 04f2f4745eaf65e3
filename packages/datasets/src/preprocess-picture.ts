import { DatasetError } from './errors.js';
import { refuseUnknownOptions } from './options.js';
import type { Picture, Size } from './picture.js';
import { resizeBilinear } from './resize-bilinear.js';

/** Mean of red, green and blue over ImageNet, for pictures in [0, 1]. */
export const IMAGENET_MEAN = [0.485, 0.456, 0.406] as const;
/** Standard deviation of red, green and blue over ImageNet, for pictures in [0, 1]. */
export const IMAGENET_DEVIATION = [0.229, 0.224, 0.225] as const;

type Rgb = readonly [red: number, green: number, blue: number];

export interface PreprocessOptions {
  readonly imageSize: Size;
  /** Subtracted from each channel after scaling to [0, 1]; ImageNet's by default. */
  readonly mean?: Rgb;
  /** Each channel is divided by it; ImageNet's by default. */
  readonly deviation?: Rgb;
}

/**
 * What a network takes: the picture resized (bilinear, antialiased) and normalised, `[height, width, 3]`.
 *
 * @throws DatasetError for a size or a deviation that cannot be
 */
export function preprocessPicture(picture: Picture, options: PreprocessOptions): Float32Array {
  refuseUnknownOptions(options, ['imageSize', 'mean', 'deviation']);
  const { imageSize, mean = IMAGENET_MEAN, deviation = IMAGENET_DEVIATION } = options;
  const tables = mean.map((channelMean, channel) => normalisedBytes(channelMean, deviation[channel]!));
  const [reds, greens, blues] = tables as [Float32Array, Float32Array, Float32Array];
  const { data } = resizeBilinear(picture, imageSize);
  const output = new Float32Array(data.length);
  for (let i = 0; i < data.length; i += 3) {
    output[i] = reds[data[i]!]!;
    output[i + 1] = greens[data[i + 1]!]!;
    output[i + 2] = blues[data[i + 2]!]!;
  }
  return output;
}

/** The normalised value of each of the 256 bytes. */
function normalisedBytes(mean: number, deviation: number): Float32Array {
  if (!Number.isFinite(mean) || !(deviation > 0)) {
    throw new DatasetError(`Expected a finite mean and a deviation above 0 but received ${mean} and ${deviation}`);
  }
  return Float32Array.from({ length: 256 }, (_, byte) => (byte / 255 - mean) / deviation);
}
