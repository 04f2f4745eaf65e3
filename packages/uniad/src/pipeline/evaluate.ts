import type { Dataset, Sample } from '@uniad/datasets';
import { auroc } from '@uniad/metrics';
import { BATCH } from './batch.js';
import type { Inspection } from './detector.js';
import type { Progress } from './feature-store.js';
import type { SampleInspector } from './sample-inspector.js';

/** How well one category's anomalies are told (image) and found (pixel); NaN where only one class is present. */
export interface CategoryMetrics {
  readonly imageAuroc: number;
  /** Over the pictures that have a mask, or need none. */
  readonly pixelAuroc: number;
  readonly images: number;
  readonly anomalous: number;
  /** Anomalous pictures without a mask, left out of the figures of pixels. */
  readonly withoutMask: number;
}

/** A test picture and what the model made of it. */
export interface ScoredSample {
  readonly sample: Sample;
  readonly score: number;
}

export interface Evaluation {
  readonly categories: Readonly<Record<string, CategoryMetrics>>;
  /** Over the categories that have both classes. */
  readonly mean: { readonly imageAuroc: number; readonly pixelAuroc: number };
  /** Every test picture. */
  readonly scored: readonly ScoredSample[];
}

export interface EvaluateOptions {
  readonly onProgress?: (progress: Progress) => void;
  /** While features that are not yet kept are computed. */
  readonly onFeatures?: (progress: Progress & { readonly category: string }) => void;
  /** Every inspected picture with its mask `[height, width]`, for drawing; the mask is absent where the data set has none. */
  readonly onInspection?: (sample: Sample, inspection: Inspection, mask: Uint8Array | undefined) => Promise<void>;
  readonly onWarning?: (message: string) => void;
  readonly signal?: AbortSignal;
}

/** AUROC of every category's test pictures: of the picture scores, and of all pixels against the masks (section 4.1). */
export async function evaluate(
  inspector: SampleInspector,
  dataset: Dataset,
  options: EvaluateOptions = {},
): Promise<Evaluation> {
  const { onProgress, onFeatures, onInspection, onWarning = console.warn, signal } = options;
  const { imageSize } = inspector.model.config;
  const pixels = imageSize[0] * imageSize[1];
  const total = dataset.categories.reduce((sum, { test }) => sum + test.length, 0);
  const categories: Record<string, CategoryMetrics> = {};
  const scored: ScoredSample[] = [];
  for (const { name, test } of dataset.categories) {
    if (test.length === 0) {
      onWarning(`${name} has no test pictures and is left out`);
      continue;
    }
    await inspector.prepare(test, (progress) => onFeatures?.({ ...progress, category: name }), signal);
    const scores: number[] = [];
    const masked: { map: Float32Array; mask: Uint8Array }[] = [];
    for (let start = 0; start < test.length; start += BATCH) {
      signal?.throwIfAborted();
      const batch = test.slice(start, start + BATCH);
      for (const [i, inspection] of (await inspector.inspect(batch)).entries()) {
        const sample = batch[i]!;
        const mask = await sample.mask(imageSize, { onWarning });
        scores.push(inspection.score);
        scored.push({ sample, score: inspection.score });
        if (mask) masked.push({ map: inspection.map, mask });
        await onInspection?.(sample, inspection, mask);
      }
      onProgress?.({ done: scored.length, total });
    }
    const labels = Uint8Array.from(test, ({ anomalous }) => Number(anomalous));
    const withoutMask = test.length - masked.length;
    if (withoutMask > 0) {
      onWarning(`${withoutMask} anomalous pictures of ${name} have no mask and are left out of the figures of pixels`);
    }
    const maps = new Float32Array(masked.length * pixels);
    const masks = new Uint8Array(masked.length * pixels);
    masked.forEach(({ map, mask }, i) => {
      maps.set(map, i * pixels);
      masks.set(mask, i * pixels);
    });
    categories[name] = {
      imageAuroc: auroc(Float32Array.from(scores), labels, { name: `image scores of ${name}`, onWarning }),
      pixelAuroc: auroc(maps, masks, { name: `pixels of ${name}`, onWarning }),
      images: test.length,
      anomalous: labels.reduce((sum, label) => sum + label, 0),
      withoutMask,
    };
  }
  const mean = { imageAuroc: meanOf(categories, 'imageAuroc'), pixelAuroc: meanOf(categories, 'pixelAuroc') };
  return { categories, mean, scored };
}

function meanOf(categories: Evaluation['categories'], key: 'imageAuroc' | 'pixelAuroc'): number {
  const values = Object.values(categories)
    .map((metrics) => metrics[key])
    .filter((value) => !Number.isNaN(value));
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
