import { stringify } from 'csv-stringify/sync';
import type { Interval } from '@uniad/metrics';
import { imageAurocInterval } from '../pipeline/confidence.js';
import type { Evaluation, ScoredSample } from '../pipeline/evaluate.js';
import type { TrainedModel } from '../pipeline/model-files.js';
import { isSet } from '../pipeline/no-threshold.js';

/** An evaluation as JSON: thresholds, metrics, 95 % intervals of image AUROC, and the score of every picture. */
export function figuresAsJson(evaluation: Evaluation, { threshold, kinds }: TrainedModel): string {
  const { categories, mean, pooled, scored } = evaluation;
  const thresholds = Object.fromEntries(kinds.map(({ name, threshold, source }) => [name, { threshold, source }]));
  const intervalOf = (name: string) => imageAurocInterval(scored.filter(({ sample }) => sample.category === name));
  const imageAurocIntervals: { categories: Record<string, Interval>; pooled: Interval } = {
    categories: Object.fromEntries(Object.keys(categories).map((name) => [name, intervalOf(name)])),
    pooled: imageAurocInterval(scored),
  };
  const images = scored.map(rowOf);
  const figures = {
    threshold: thresholdOf(threshold.score),
    thresholds,
    categories,
    mean,
    pooled,
    imageAurocIntervals,
    images,
  };
  return `${JSON.stringify(figures, null, 2)}\n`;
}

/** The score of every picture as CSV, in columns of the JSON's names. */
export function scoresAsCsv({ scored }: Evaluation): string {
  return stringify(scored.map(rowOf), { header: true, cast: { boolean: String } });
}

/** Where a picture is from, and what the model made of it. */
function rowOf({ sample, category: kind, ...verdict }: ScoredSample) {
  const { id, path, category, defect, anomalous } = sample;
  return {
    id,
    path,
    category,
    defect,
    label: anomalous ? 'anomalous' : 'good',
    kind,
    ...verdict,
    threshold: thresholdOf(verdict.threshold),
  };
}

/** Null where none is set. */
const thresholdOf = (value: number) => (isSet(value) ? value : null);
