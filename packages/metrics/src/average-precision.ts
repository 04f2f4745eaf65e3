import type { MetricOptions } from './options.js';
import { forEachThreshold, rank, type Labels, type Scores } from './ranking.js';

/**
 * The average precision: the precision at each threshold weighted by the gain in recall, without interpolation.
 *
 * Equal to scikit-learn's `average_precision_score`; NaN, after a warning, when all labels are equal.
 * @throws MetricsError for empty input, unequal lengths, a NaN score (named by its index), or a label other than 0 and 1.
 */
export function averagePrecision(scores: Scores, labels: Labels, options: MetricOptions = {}): number {
  const ranking = rank('average precision', scores, labels, options);
  if (ranking.oneClass) return NaN;
  let sum = 0;
  let before = 0;
  forEachThreshold(ranking, (_threshold, truePositives, falsePositives) => {
    sum += (truePositives - before) * (truePositives / (truePositives + falsePositives));
    before = truePositives;
  });
  return sum / ranking.positives.length;
}
