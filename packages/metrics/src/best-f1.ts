import type { Labels } from './labels.js';
import type { MetricOptions } from './options.js';
import { isOneClass, rank, type Ranking, type Scores } from './ranking.js';

/** The best F1 and where it is reached. */
export interface BestF1 {
  readonly f1: number;
  /** Samples with a score of at least this are called anomalous; the lowest one when several reach the same F1. */
  readonly threshold: number;
}

/**
 * The highest F1 over all thresholds, the maximum over scikit-learn's `precision_recall_curve`.
 *
 * Both fields are NaN, after a warning, when all labels are equal.
 * @throws MetricsError for empty input, unequal lengths, a score that is not finite, or a label other than 0 and 1.
 */
export function bestF1(scores: Scores, labels: Labels, options: MetricOptions = {}): BestF1 {
  return bestF1Of(rank('best F1', scores, labels, options));
}

export function bestF1Of(ranking: Ranking): BestF1 {
  if (isOneClass(ranking)) return { f1: NaN, threshold: NaN };
  let f1 = 0;
  let threshold = Infinity;
  ranking.forEachThreshold((score, truePositives, falsePositives) => {
    const candidate = (2 * truePositives) / (truePositives + falsePositives + ranking.positives);
    if (candidate < f1) return;
    f1 = candidate;
    threshold = score;
  });
  return { f1, threshold };
}
