import type { Labels } from './labels.js';
import type { MetricOptions } from './options.js';
import { isOneClass, rank, type Ranking, type Scores } from './ranking.js';

/**
 * The average precision: the precision at each threshold weighted by the gain in recall, without interpolation.
 *
 * Equal to scikit-learn's `average_precision_score`; NaN, after a warning, when all labels are equal.
 * @throws MetricsError for empty input, unequal lengths, a score that is not finite, or a label other than 0 and 1.
 */
export function averagePrecision(scores: Scores, labels: Labels, options: MetricOptions = {}): number {
  return averagePrecisionOf(rank('average precision', scores, labels, options));
}

export function averagePrecisionOf(ranking: Ranking): number {
  if (isOneClass(ranking)) return NaN;
  let sum = 0;
  let before = 0;
  ranking.forEachThreshold((_threshold, truePositives, falsePositives) => {
    if (truePositives === before) return;
    sum += (truePositives - before) * (truePositives / (truePositives + falsePositives));
    before = truePositives;
  });
  return sum / ranking.positives;
}
