import { MetricsError } from './errors.js';
import { countPositives, type Labels } from './labels.js';
import { refuseUnknownOptions, type MetricOptions } from './options.js';
import { seededUniform } from './random.js';
import type { Scores } from './ranking.js';

export interface BootstrapOptions extends MetricOptions {
  /** Whole number; 1000 by default. */
  readonly resamples?: number;
  /** Probability that the interval covers, between 0 and 1; 0.95 by default. */
  readonly confidence?: number;
  /** The same seed gives the same interval; 0 by default. */
  readonly seed?: number;
}

/** A confidence interval, both ends included. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/**
 * A confidence interval of a metric of image scores: percentiles of its value over resamples with replacement, normal and
 * anomalous images each drawn among themselves, so that their numbers stay.
 *
 * Both ends are NaN, after the metric's own warning, when all labels are equal.
 * @throws MetricsError for what the metric refuses, and for options out of range.
 */
export function bootstrapInterval(
  metric: (scores: Scores, labels: Labels, options: MetricOptions) => number,
  scores: Scores,
  labels: Labels,
  options: BootstrapOptions = {},
): Interval {
  const { resamples = 1000, confidence = 0.95, seed = 0, ...metricOptions } = options;
  refuseUnknownOptions(metricOptions, ['name', 'onWarning', 'resamples', 'confidence', 'seed']);
  if (!(Number.isInteger(resamples) && resamples > 0)) {
    throw new MetricsError(`Expected a positive whole number for resamples but received ${String(resamples)}`);
  }
  if (!(confidence > 0 && confidence < 1)) {
    throw new MetricsError(`Expected a confidence between 0 and 1 but received ${String(confidence)}`);
  }
  if (Number.isNaN(metric(scores, labels, metricOptions))) return { low: NaN, high: NaN };

  const positives = countPositives(labels, 'label', 'bootstrap');
  const byClass = Float64Array.from([...ofClass(scores, labels, true), ...ofClass(scores, labels, false)]);
  const drawnLabels = Uint8Array.from(byClass, (_, i) => Number(i < positives));
  const drawn = new Float64Array(byClass.length);
  const uniform = seededUniform(seed);
  const draw = (from: number, to: number) => {
    for (let i = from; i < to; i++) drawn[i] = byClass[from + Math.floor(uniform() * (to - from))]!;
  };
  const values = Float64Array.from({ length: resamples }, () => {
    draw(0, positives);
    draw(positives, drawn.length);
    return metric(drawn, drawnLabels, metricOptions);
  }).sort();
  return { low: quantile(values, (1 - confidence) / 2), high: quantile(values, (1 + confidence) / 2) };
}

function ofClass(scores: Scores, labels: Labels, anomalous: boolean): number[] {
  return Array.from(scores).filter((_, i) => Boolean(labels[i]) === anomalous);
}

/** Between the two nearest of ascending values, on a straight line, as numpy does. */
function quantile(sorted: Float64Array, share: number): number {
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  const low = sorted[below]!;
  return low + ((sorted[below + 1] ?? low) - low) * (place - below);
}
