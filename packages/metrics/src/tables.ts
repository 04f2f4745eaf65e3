import { auroc } from './auroc.js';
import { averagePrecision } from './average-precision.js';
import { bestF1 } from './best-f1.js';
import { countPositives, type Labels } from './labels.js';
import { nameOf, type MetricOptions } from './options.js';
import type { PixelMetrics } from './pixel-metrics.js';
import { warnOneClass, type Scores } from './ranking.js';

/** One column of an evaluation: how well anomalous images are told from normal ones. Higher is better, 1 is perfect. */
export interface ImageMetric {
  /** Key in a report's JSON. */
  readonly name: string;
  /** Heading for people. */
  readonly title: string;
  /** Computes it of one score and one label a picture. */
  of(scores: Scores, labels: Labels, options?: MetricOptions): number;
}

/** One column of an evaluation: how well anomalous pixels are told from normal ones. Higher is better, 1 is perfect. */
export interface PixelMetric {
  readonly name: string;
  readonly title: string;
  /** Computes it of the pixels added so far. */
  of(pixels: PixelMetrics): number;
}

/** Every metric of image scores that an evaluation shows: a new one is one entry here. */
export const imageMetrics = [
  { name: 'imageAuroc', title: 'image AUROC', of: auroc },
  { name: 'imageAveragePrecision', title: 'image AP', of: averagePrecision },
  { name: 'imageBestF1', title: 'image F1', of: (scores, labels, options = {}) => bestF1(scores, labels, options).f1 },
] as const satisfies readonly ImageMetric[];

/** Every metric of anomaly maps that an evaluation shows: a new one is one entry here. */
export const pixelMetrics = [
  { name: 'pixelAuroc', title: 'pixel AUROC', of: (pixels) => pixels.auroc() },
  { name: 'pixelAveragePrecision', title: 'pixel AP', of: (pixels) => pixels.averagePrecision() },
  { name: 'pixelBestF1', title: 'pixel F1', of: (pixels) => pixels.bestF1().f1 },
  { name: 'aupro', title: 'AUPRO', of: (pixels) => pixels.aupro() },
] as const satisfies readonly PixelMetric[];

/** The names of the image metrics. */
export type ImageMetricName = (typeof imageMetrics)[number]['name'];
/** The names of the pixel metrics. */
export type PixelMetricName = (typeof pixelMetrics)[number]['name'];

/**
 * Every image metric by name, each NaN after one warning for all when the labels are equal.
 *
 * @throws MetricsError for what the metrics refuse.
 */
export function measureImages(
  scores: Scores,
  labels: Labels,
  options: MetricOptions = {},
): Record<ImageMetricName, number> {
  const quiet = { ...options, onWarning: () => undefined };
  const measured = Object.fromEntries(imageMetrics.map(({ name, of }) => [name, of(scores, labels, quiet)]));
  const subject = nameOf('image metrics', options);
  const positives = countPositives(labels, 'label', subject);
  warnOneClass(`${subject} are`, { positives, negatives: labels.length - positives }, options);
  return measured as Record<ImageMetricName, number>;
}

/** Every pixel metric by name, each NaN after one warning for all when the pixels are all normal or all anomalous. */
export function measurePixels(pixels: PixelMetrics): Record<PixelMetricName, number> {
  return Object.fromEntries(pixelMetrics.map(({ name, of }) => [name, of(pixels)])) as Record<PixelMetricName, number>;
}
