import type { MetricOptions } from './options.js';
import { forEachThreshold, rank, type Labels, type Scores } from './ranking.js';

/**
 * The area under the ROC curve: the probability that an anomalous sample scores above a normal one, ties counting half.
 *
 * Equal to scikit-learn's `roc_auc_score`; NaN, after a warning, when all labels are equal.
 * @throws MetricsError for empty input, unequal lengths, a NaN score (named by its index), or a label other than 0 and 1.
 */
export function auroc(scores: Scores, labels: Labels, options: MetricOptions = {}): number {
  const ranking = rank('AUROC', scores, labels, options);
  if (ranking.oneClass) return NaN;
  // Twice the area, in units of one positive by one negative, is a whole number: no rounding until the division.
  let doubledArea = 0;
  let truePositives = 0;
  let falsePositives = 0;
  forEachThreshold(ranking, (_threshold, nextTruePositives, nextFalsePositives) => {
    doubledArea += (nextFalsePositives - falsePositives) * (nextTruePositives + truePositives);
    truePositives = nextTruePositives;
    falsePositives = nextFalsePositives;
  });
  return doubledArea / (2 * ranking.positives.length * ranking.negatives.length);
}
