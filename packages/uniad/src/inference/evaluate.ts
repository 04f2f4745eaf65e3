import type { Dataset, Sample } from '@uniad/datasets';
import { auroc } from '@uniad/metrics';
import { RunError } from '../errors.js';
import type { FeatureStore } from '../training/feature-store.js';
import type { Progress } from '../training/feature-store.js';
import type { Detector, Inspection } from './detector.js';
import { quantile } from './threshold.js';

const BATCH = 8;

/** How well one category's anomalies are told (image) and found (pixel); NaN where only one class is present. */
export interface CategoryMetrics {
  readonly imageAuroc: number;
  readonly pixelAuroc: number;
  readonly images: number;
  readonly anomalous: number;
}

export interface Evaluation {
  readonly categories: Readonly<Record<string, CategoryMetrics>>;
  /** Over the categories that have both classes. */
  readonly mean: { readonly imageAuroc: number; readonly pixelAuroc: number };
}

export interface EvaluateOptions {
  readonly onProgress?: (progress: Progress) => void;
  /** While features that are not yet kept are computed. */
  readonly onFeatures?: (progress: Progress & { readonly category: string }) => void;
  /**
   * Every inspected picture, for drawing. Categories differ in how far even good pixels are from normal, so `mapRange` says
   * which values of this category to draw as nothing and as the strongest heat.
   */
  readonly onInspection?: (
    sample: Sample,
    inspection: Inspection,
    mask: Uint8Array,
    mapRange: readonly [low: number, high: number],
  ) => Promise<void>;
  readonly onWarning?: (message: string) => void;
  readonly signal?: AbortSignal;
}

/**
 * AUROC of every category's test pictures: of the picture scores, and of all pixels against the masks (section 4.1).
 *
 * @param store that computes and keeps the pictures' features
 */
export async function evaluate(
  detector: Detector,
  dataset: Dataset,
  store: FeatureStore,
  options: EvaluateOptions = {},
): Promise<Evaluation> {
  const { onProgress, onFeatures, onInspection, onWarning = console.warn, signal } = options;
  const { imageSize } = detector.model.config;
  const pixels = imageSize[0] * imageSize[1];
  const total = dataset.categories.reduce((sum, { test }) => sum + test.length, 0);
  const categories: Record<string, CategoryMetrics> = {};
  let done = 0;
  for (const { name, test } of dataset.categories) {
    if (test.length === 0) {
      onWarning(`${name} has no test pictures and is left out`);
      continue;
    }
    const paths = test.map(({ path }) => path);
    await store.prepare(paths, (progress) => onFeatures?.({ ...progress, category: name }), signal);
    const scores = new Float32Array(test.length);
    const labels = Uint8Array.from(test, ({ anomalous }) => Number(anomalous));
    const maps = new Float32Array(test.length * pixels);
    const masks = new Uint8Array(test.length * pixels);
    for (let start = 0; start < test.length; start += BATCH) {
      signal?.throwIfAborted();
      const batch = test.slice(start, start + BATCH);
      const inspections = await detector.inspectFeatures(await Promise.all(batch.map(({ path }) => store.read(path))));
      for (const [i, inspection] of inspections.entries()) {
        const sample = batch[i]!;
        const mask = await sample.mask(imageSize, { onWarning });
        if (!mask) throw new RunError(`Expected a mask for ${sample.id} but it has none`);
        scores[start + i] = inspection.score;
        maps.set(inspection.map, (start + i) * pixels);
        masks.set(mask, (start + i) * pixels);
      }
      done += batch.length;
      onProgress?.({ done, total });
    }
    categories[name] = {
      imageAuroc: auroc(scores, labels, { name: `image scores of ${name}`, onWarning }),
      pixelAuroc: auroc(maps, masks, { name: `pixels of ${name}`, onWarning }),
      images: test.length,
      anomalous: labels.reduce((sum, label) => sum + label, 0),
    };
    if (!onInspection) continue;
    const mapRange = rangeOf(maps);
    for (const [i, sample] of test.entries()) {
      const score = scores[i]!;
      const [map, mask] = [maps.subarray(i * pixels, (i + 1) * pixels), masks.subarray(i * pixels, (i + 1) * pixels)];
      await onInspection(sample, { score, anomalous: score >= detector.model.threshold.score, map }, mask, mapRange);
    }
  }
  return {
    categories,
    mean: { imageAuroc: meanOf(categories, 'imageAuroc'), pixelAuroc: meanOf(categories, 'pixelAuroc') },
  };
}

/** Heat for the warmest tenth of a category's pixels, its strongest for the warmest 0.2 %. */
function rangeOf(maps: Float32Array): [low: number, high: number] {
  const some = maps.filter((_, i) => i % 16 === 0);
  const low = quantile(some, 0.9);
  return [low, Math.max(quantile(some, 0.998), low * (1 + 1e-6))];
}

function meanOf(categories: Evaluation['categories'], key: 'imageAuroc' | 'pixelAuroc'): number {
  const values = Object.values(categories)
    .map((metrics) => metrics[key])
    .filter((value) => !Number.isNaN(value));
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
