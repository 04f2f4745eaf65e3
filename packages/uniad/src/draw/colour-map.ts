import type { TrainedModel } from '../pipeline/model-files.js';
import { isSet } from '../pipeline/no-threshold.js';

/** How map values become heat: the same for every picture of a model, wherever it is drawn. */
export interface HeatScale {
  /** Map values drawn as nothing and as the strongest heat. */
  readonly range: readonly [low: number, high: number];
  /** Map value whose places are outlined. */
  readonly threshold?: number;
}

/** A colour with opacity, each from 0 to 255. */
export type RGBA = readonly [red: number, green: number, blue: number, alpha: number];

/**
 * Matplotlib's plasma, by its tenths: blue, magenta, yellow. Its lightness rises evenly, so that it reads in grey and with
 * any kind of colour vision, and even its darkest end is a colour, which shows on dark parts and on bright ones.
 */
const PLASMA = [
  0x0d0887, 0x46039f, 0x7201a8, 0x9c179e, 0xbd3786, 0xd8576b, 0xed7953, 0xfb9f3a, 0xfdca26, 0xf0f921,
] as const;

/** Of the heat: a thin scratch under it keeps three fifths of its contrast. */
const OPACITY = 0.4;

/** Share of the range over which heat fades in. */
const FADE = 0.2;

/** Finely enough that neighbors differ by less than can be seen. */
const STEPS = 256;

const TABLE: readonly RGBA[] = Array.from({ length: STEPS }, (_, step) => {
  const heat = step / (STEPS - 1);
  const position = heat * (PLASMA.length - 1);
  const below = Math.min(PLASMA.length - 2, Math.floor(position));
  const channel = (shift: number) => {
    const [from, to] = [(PLASMA[below]! >> shift) & 255, (PLASMA[below + 1]! >> shift) & 255];
    return Math.round(from + (position - below) * (to - from));
  };
  return [channel(16), channel(8), channel(0), Math.round(255 * OPACITY * Math.min(1, heat / FADE))];
});

/**
 * The scale that a model's maps are drawn with: one range for all kinds.
 *
 * @param threshold of the picture's kind; that of all by default
 */
export function heatScaleOf(
  { config, threshold: ofAll }: Pick<TrainedModel, 'config' | 'threshold'>,
  threshold: number = ofAll.score,
): HeatScale {
  const range = ofAll.mapRange;
  // Where a picture's score is no maximum of its map, the threshold says nothing of single pixels.
  const isOfPixels = config.imageScore === 'max' || config.imageScore === 'max-pixel';
  return isOfPixels && isSet(threshold) ? { range, threshold } : { range };
}

/** The colour of one map value: transparent up to the range's low end, and where it is not a number. */
export function heatColour(value: number, { range }: HeatScale): RGBA {
  return TABLE[stepOf(value, range)]!;
}

function stepOf(value: number, [low, high]: HeatScale['range']): number {
  const heat = Math.min(1, Math.max(0, (value - low) / (high - low)));
  return Number.isNaN(heat) ? 0 : Math.round(heat * (STEPS - 1));
}

/** `[height, width]` map values as RGBA of the same size, to be laid over the picture. */
export function heatColours(map: Float32Array, scale: HeatScale): Uint8ClampedArray<ArrayBuffer> {
  const pixels = new Uint8ClampedArray(map.length * 4);
  for (let i = 0, target = 0; i < map.length; i++) {
    const colour = TABLE[stepOf(map[i]!, scale.range)]!;
    for (let channel = 0; channel < 4; channel++) pixels[target++] = colour[channel]!;
  }
  return pixels;
}
