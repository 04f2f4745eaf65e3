import type { Dataset, Sample } from '@uniad/datasets';
import { imageMetrics, measureImages, measurePixels, PixelMetrics, pixelMetrics } from '@uniad/metrics';
import type { ImageMetricName, PixelMetricName } from '@uniad/metrics';
import { BATCH } from './batch.js';
import type { Inspection } from './inspection.js';
import { binsFor, sayBinned } from './pixel-bins.js';
import type { Progress } from './progress.js';
import type { SampleInspector } from './sample-inspector.js';

/** How well anomalies are told (of images) and found (of pixels), by the names of the metrics; NaN where only one class is present. */
export type Metrics = Readonly<Record<ImageMetricName | PixelMetricName, number>>;

/** Every metric that an evaluation shows. */
export const metricColumns: readonly { readonly name: keyof Metrics; readonly title: string }[] = [
  ...imageMetrics,
  ...pixelMetrics,
];

/** The figures of one category. */
export interface CategoryMetrics extends Metrics {
  readonly images: number;
  readonly anomalous: number;
  /** Anomalous pictures without a mask, left out of the figures of pixels. */
  readonly withoutMask: number;
}

/** A test picture and what the model made of it. */
export interface ScoredSample extends Omit<Inspection, 'map'> {
  readonly sample: Sample;
}

/** How well a model does on a data set: by category, on average, and picture by picture. */
export interface Evaluation {
  readonly categories: Readonly<Record<string, CategoryMetrics>>;
  /** Over the categories that have both classes (section 4.1). */
  readonly mean: Metrics;
  /** All categories in one ranking: what one threshold for all meets. */
  readonly pooled: Metrics;
  /** Every test picture. */
  readonly scored: readonly ScoredSample[];
}

/** Who is told of what, and what stops it. */
export interface EvaluateOptions {
  /** Told after each few pictures. */
  readonly onProgress?: (progress: Progress) => void;
  /** While features that are not yet kept are computed. */
  readonly onFeatures?: (progress: Progress & { readonly category: string }) => void;
  /** Every inspected picture with its mask `[height, width]`, for drawing; the mask is absent where the data set has none. */
  readonly onInspection?: (sample: Sample, inspection: Inspection, mask: Uint8Array | undefined) => Promise<void>;
  /** Told what is unusual about the data; `console.warn` by default. */
  readonly onWarning?: (message: string) => void;
  readonly signal?: AbortSignal;
}

/** Measures a model on every category's test pictures: by the picture scores, and by all pixels against the masks (section 4.1). */
export async function evaluate(
  inspector: SampleInspector,
  dataset: Dataset,
  options: EvaluateOptions = {},
): Promise<Evaluation> {
  const { onProgress, onFeatures, onInspection, onWarning = console.warn, signal } = options;
  const { imageSize } = inspector.model.config;
  const total = dataset.categories.reduce((sum, { test }) => sum + test.length, 0);
  const categories: Record<string, CategoryMetrics> = {};
  const scored: ScoredSample[] = [];
  const bins = binsFor(total * imageSize[0] * imageSize[1]);
  const allPixels = new PixelMetrics({ onWarning: () => {}, ...bins });
  for (const { name, test } of dataset.categories) {
    if (test.length === 0) {
      onWarning(`${name} has no test pictures and is left out`);
      continue;
    }
    await inspector.prepare(test, (progress) => onFeatures?.({ ...progress, category: name }), signal);
    const own: ScoredSample[] = [];
    let withoutMask = 0;
    // One that has no mask at all is told of once, below.
    const onOneClass = (text: string) => (withoutMask > 0 ? undefined : onWarning(text));
    const pixels = new PixelMetrics({ name, onWarning: onOneClass, ...bins });
    for (let start = 0; start < test.length; start += BATCH) {
      signal?.throwIfAborted();
      const batch = test.slice(start, start + BATCH);
      for (const [i, inspection] of (await inspector.inspect(batch)).entries()) {
        const sample = batch[i]!;
        const mask = await sample.mask(imageSize, { onWarning });
        const { map, ...verdict } = inspection;
        own.push({ sample, ...verdict });
        if (mask) pixels.add(map, mask, imageSize);
        else withoutMask++;
        await onInspection?.(sample, inspection, mask);
      }
      onProgress?.({ done: scored.length + own.length, total });
    }
    if (withoutMask > 0) {
      onWarning(`${withoutMask} anomalous pictures of ${name} have no mask and are left out of the figures of pixels`);
    }
    for (const one of own) scored.push(one);
    allPixels.merge(pixels);
    categories[name] = {
      ...ofImages(own, name, onWarning),
      ...measurePixels(pixels),
      images: test.length,
      anomalous: own.filter(({ sample }) => sample.anomalous).length,
      withoutMask,
    };
  }
  const pooled = { ...ofImages(scored, 'all categories', () => {}), ...measurePixels(allPixels) };
  if (bins.bins !== undefined) onWarning(sayBinned(allPixels));
  return { categories, mean: meanOf(Object.values(categories)), pooled, scored };
}

function ofImages(scored: readonly ScoredSample[], name: string, onWarning: (message: string) => void) {
  const scores = Float64Array.from(scored, ({ score }) => score);
  return measureImages(
    scores,
    scored.map(({ sample }) => sample.anomalous),
    { name, onWarning },
  );
}

function meanOf(categories: readonly CategoryMetrics[]): Metrics {
  const means = metricColumns.map(({ name }) => {
    const values = categories.map((metrics) => metrics[name]).filter((value) => !Number.isNaN(value));
    return [name, values.reduce((sum, value) => sum + value, 0) / values.length] as const;
  });
  return Object.fromEntries(means) as Metrics;
}
