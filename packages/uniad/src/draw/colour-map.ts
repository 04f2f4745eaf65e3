import type { Size } from '../methods/shared-config.js';
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
  // Where a picture's score is the mean of its map, the threshold says nothing of single pixels.
  return config.imageScore === 'max' && isSet(threshold) ? { range, threshold } : { range };
}

/** The colour of one map value: transparent up to the range's low end, and where it is not a number. */
export function heatColour(value: number, { range: [low, high] }: HeatScale): RGBA {
  const heat = Math.min(1, Math.max(0, (value - low) / (high - low)));
  return TABLE[Number.isNaN(heat) ? 0 : Math.round(heat * (STEPS - 1))]!;
}

/** `[height, width]` map values as RGBA of the same size, to be laid over the picture. */
export function heatColours(map: Float32Array, scale: HeatScale): Uint8ClampedArray<ArrayBuffer> {
  const pixels = new Uint8ClampedArray(map.length * 4);
  map.forEach((value, i) => pixels.set(heatColour(value, scale), 4 * i));
  return pixels;
}

/**
 * Where a map crosses a level, as an SVG path in the map's pixels (a canvas's `Path2D` takes it too); empty where it
 * never does. Marching squares: each square of four pixel centers gives at most two straight pieces.
 *
 * @param map `[height, width]` of `mapSize`
 */
export function heatOutline(map: Float32Array, [height, width]: Size, level: number): string {
  // Beyond its edge the map is cold, so that outlines close along the picture's border.
  const at = (row: number, column: number) =>
    row < 0 || column < 0 || row >= height || column >= width ? -Infinity : map[row * width + column]!;
  const pieces: string[] = [];
  for (let row = -1; row < height; row++) {
    for (let column = -1; column < width; column++) {
      const corners = [at(row, column), at(row, column + 1), at(row + 1, column + 1), at(row + 1, column)]; // Clockwise.
      const crossings: string[] = [];
      for (let side = 0; side < 4; side++) {
        const [from, to] = [corners[side]!, corners[(side + 1) % 4]!];
        if (from >= level === to >= level) continue;
        const share = crossing(from, to, level);
        const [x0, y0] = CORNERS[side]!;
        const [x1, y1] = CORNERS[(side + 1) % 4]!;
        const [x, y] = [column + 0.5 + x0 + share * (x1 - x0), row + 0.5 + y0 + share * (y1 - y0)];
        crossings.push(`${round(x)} ${round(y)}`);
      }
      // Four crossings are a saddle; its hot corners are kept apart, as neither is known to reach the other.
      if (crossings.length === 4 && corners[0]! >= level) crossings.unshift(crossings.pop()!);
      for (let i = 0; i < crossings.length; i += 2) {
        if (crossings[i] !== crossings[i + 1]) pieces.push(`M${crossings[i]!}L${crossings[i + 1]!}`);
      }
    }
  }
  return pieces.join('');
}

/** Of a square of pixel centers, clockwise from the upper left: `[x, y]`. */
const CORNERS = [
  [0, 0],
  [1, 0],
  [1, 1],
  [0, 1],
] as const;

/** Share of the way between two values at which the level lies; halfway, on the border, to what lies outside. */
function crossing(from: number, to: number, level: number): number {
  return Number.isFinite(from) && Number.isFinite(to) ? (level - from) / (to - from) : 0.5;
}

function round(position: number): number {
  return Math.round(position * 100) / 100;
}
