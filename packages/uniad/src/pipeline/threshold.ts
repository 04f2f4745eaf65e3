import type { Threshold } from './model-files.js';

/** Share of good pictures that a threshold may call anomalous, unless another is asked for. */
export const FALSE_ALARMS = 0.01;

/** Heat starts above this share of the pixels of normal pictures. */
const COLD_SHARE = 0.95;

/**
 * Degrees of freedom that the other kinds' variance counts beside a kind's own, or as many as there are: few pictures say little of
 * theirs.
 */
const BORROWED = 8;

/** Of Student's t at least: below, its quantile is out of all proportion. */
const LEAST_FREEDOM = 4;

/** So many good pictures beyond the threshold make its quantile their own affair. */
const ENOUGH_BEYOND = 2;

/** Linear interpolation between order statistics, as NumPy's default. */
export function quantile(values: Float32Array, share: number): number {
  const sorted = values.slice().sort();
  const position = share * (sorted.length - 1);
  const below = Math.floor(position);
  const low = sorted[below]!;
  return low + (position - below) * ((sorted[below + 1] ?? low) - low);
}

/** A threshold, and the score of a typical good picture below it. */
export interface ScoreScale {
  readonly typical: number;
  readonly threshold: number;
  readonly source: string;
}

/**
 * Thresholds for kinds of parts from the scores of good pictures alone. With enough of them it is their quantile; with few, the
 * upper prediction limit of the next good picture's logarithm of the score, by Student's t: largest observed scores alone would
 * give one false alarm in n + 1. A kind's variance is moderated by that of the others, whose spread is much alike.
 *
 * @param scores by kind, at least one each
 * @param origin which pictures they were, in words
 * @param falseAlarms share of good pictures that may be called anomalous
 */
export function thresholdsByKind(
  scores: ReadonlyMap<string, readonly number[]>,
  origin: string,
  falseAlarms = FALSE_ALARMS,
): Map<string, ScoreScale> {
  const logs = new Map(
    Array.from(scores, ([name, own]) => [name, own.map((score) => Math.log(Math.max(score, TINY)))]),
  );
  const spreads = new Map(Array.from(logs, ([name, own]) => [name, spreadOf(own)]));
  const all = [...spreads.values()].reduce(together, { squares: 0, freedom: 0 });
  return new Map(
    Array.from(scores, ([name, own]) => {
      const ofKind = logs.get(name)!;
      const n = own.length;
      const enough = n * falseAlarms >= ENOUGH_BEYOND;
      const mean = meanOf(ofKind);
      const { squares, freedom } = withBorrowed(spreads.get(name)!, all);
      const variance = squares / Math.max(freedom, 1);
      const t = studentQuantile(1 - falseAlarms, Math.max(freedom, LEAST_FREEDOM));
      const limit = Math.exp(mean + t * Math.sqrt(variance * (1 + 1 / n)));
      const typical = quantile(Float32Array.from(own), 0.5);
      const highest = enough ? quantile(Float32Array.from(own), 1 - falseAlarms) : limit;
      // Strictly above a typical score, even where all are the same.
      const threshold = Math.max(highest, typical + LEAST_MARGIN * Math.abs(typical), TINY);
      return [name, { typical, threshold, source: sourceOf(n, origin, falseAlarms, enough) }];
    }),
  );
}

/** Scores are not negative; the logarithm of 0 is not to be had. */
const TINY = 1e-12;

/** Share of a score by which the threshold is above it at least. */
const LEAST_MARGIN = 0.01;

const meanOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** How scores vary. */
interface Spread {
  /** Sum of the squared deviations from the mean. */
  readonly squares: number;
  readonly freedom: number;
}

function spreadOf(values: readonly number[]): Spread {
  const mean = meanOf(values);
  return { squares: values.reduce((sum, value) => sum + (value - mean) ** 2, 0), freedom: values.length - 1 };
}

const together = (a: Spread, b: Spread): Spread => ({ squares: a.squares + b.squares, freedom: a.freedom + b.freedom });

/** A kind's own spread with some of the other kinds'. */
function withBorrowed(own: Spread, all: Spread): Spread {
  const freedom = all.freedom - own.freedom;
  const borrowed = Math.min(BORROWED, freedom);
  if (borrowed === 0) return own;
  return together(own, { squares: (borrowed * (all.squares - own.squares)) / freedom, freedom: borrowed });
}

function sourceOf(n: number, origin: string, falseAlarms: number, enough: boolean): string {
  const percent = (share: number) => `${Number((share * 100).toPrecision(2))} %`;
  const how = enough ? 'quantile' : 'prediction limit';
  // If the share of false alarms were larger, n good pictures without one would be seen less than once in twenty times.
  const assured = percent(1 - 0.05 ** (1 / n));
  return `${how} for ${percent(falseAlarms)} of false alarms from ${n} ${origin}; the pictures alone assure at most ${assured} (95 % confidence)`;
}

/** Of Student's t with `freedom` degrees, from 4 on: the normal quantile and its expansion (Abramowitz and Stegun 26.7.5). */
export function studentQuantile(share: number, freedom: number): number {
  const x = normalQuantile(share);
  const [x3, x5, x7, x9] = [x ** 3, x ** 5, x ** 7, x ** 9];
  return (
    x +
    (x3 + x) / (4 * freedom) +
    (5 * x5 + 16 * x3 + 3 * x) / (96 * freedom ** 2) +
    (3 * x7 + 19 * x5 + 17 * x3 - 15 * x) / (384 * freedom ** 3) +
    (79 * x9 + 776 * x7 + 1482 * x5 - 1920 * x3 - 945 * x) / (92160 * freedom ** 4)
  );
}

/** Of the standard normal distribution, by halving: a few microseconds, and as exact as its integral. */
function normalQuantile(share: number): number {
  let [low, high] = [-10, 10];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (normalShare(middle) < share) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** Share of the standard normal distribution below x: its series (Marsaglia 2004). */
function normalShare(x: number): number {
  if (x < -8) return 0;
  if (x > 8) return 1;
  let [sum, term, last, i] = [x, x, 0, 1];
  while (sum !== last) {
    last = sum;
    i += 2;
    term *= (x * x) / i;
    sum += term;
  }
  return 0.5 + sum * Math.exp(-0.5 * x * x - 0.9189385332046728);
}

/** What good pictures came to: their scores, and some pixels of their maps. */
export interface NormalValues {
  /** At least one. */
  readonly scores: readonly number[];
  readonly pixels: Float32Array;
}

/**
 * The threshold of all kinds together, and the range of heat, from good pictures alone.
 *
 * @param origin which pictures they were, in words
 */
export function thresholdFromNormal({ scores, pixels }: NormalValues, origin: string): Threshold {
  const { threshold: score, source } = thresholdsByKind(new Map([['', scores]]), origin).get('')!;
  return { score, source, mapRange: heatRange(quantile(pixels, COLD_SHARE), score) };
}

/** Map values from cold to hot; the threshold's own value is drawn half-hot. */
export function heatRange(low: number, threshold: number): readonly [low: number, high: number] {
  return [low, low + Math.max(2 * (threshold - low), Number.EPSILON + Math.abs(low) * 0.1)];
}
