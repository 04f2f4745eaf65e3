import type { Labels } from './labels.js';
import type { MetricOptions } from './options.js';
import { isOneClass, rank, type Ranking, type Scores } from './ranking.js';

/**
 * The area under the ROC curve: the probability that an anomalous sample scores above a normal one, ties counting half.
 *
 * Equal to scikit-learn's `roc_auc_score`; NaN, after a warning, when all labels are equal.
 * @throws MetricsError for empty input, unequal lengths, a score that is not finite, or a label other than 0 and 1.
 */
export function auroc(scores: Scores, labels: Labels, options: MetricOptions = {}): number {
  return aurocOf(rank('AUROC', scores, labels, options));
}

export function aurocOf(ranking: Ranking): number {
  if (isOneClass(ranking)) return NaN;
  // Twice the area, in units of one positive by one negative, is a whole number: no rounding below 2 ** 53.
  let doubledArea = 0;
  let truePositivesBefore = 0;
  let falsePositivesBefore = 0;
  ranking.forEachThreshold((_threshold, truePositives, falsePositives) => {
    doubledArea += (falsePositives - falsePositivesBefore) * (truePositives + truePositivesBefore);
    truePositivesBefore = truePositives;
    falsePositivesBefore = falsePositives;
  });
  return doubledArea / (2 * ranking.positives * ranking.negatives);
}
