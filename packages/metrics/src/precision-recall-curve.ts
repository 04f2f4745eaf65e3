import type { Labels } from './labels.js';
import type { MetricOptions } from './options.js';
import { rank, type Ranking, type Scores, type Visit } from './ranking.js';

/** Points of a precision-recall curve, from the lowest threshold to the highest, three arrays of one length. */
export interface PrecisionRecallCurve {
  /** Ends with 1, the convention where nothing is called anomalous. */
  readonly precision: Float64Array;
  /** Descending from 1 to 0. */
  readonly recall: Float64Array;
  /** A sample with at least this score counts as positive; ascending, and Infinity for the last point. */
  readonly thresholds: Float64Array;
}

/**
 * Precision and recall at every distinct score: scikit-learn's `precision_recall_curve`, with Infinity for the threshold that it leaves out.
 *
 * Without anomalous samples the recall is NaN, without normal ones the precision is 1, after a warning.
 * @throws MetricsError for empty input, unequal lengths, a score that is not finite, or a label other than 0 and 1.
 */
export function precisionRecallCurve(
  scores: Scores,
  labels: Labels,
  options: MetricOptions = {},
): PrecisionRecallCurve {
  const ranking = rank('precision-recall curve', scores, labels, options);
  return precisionRecallCurveOf(ranking, ranking.forEachThreshold);
}

/** The curve through the thresholds that `forEachPoint` visits; it is walked twice. */
export function precisionRecallCurveOf(ranking: Ranking, forEachPoint: (visit: Visit) => void): PrecisionRecallCurve {
  let points = 1;
  forEachPoint(() => points++);
  const precision = new Float64Array(points);
  const recall = new Float64Array(points);
  const thresholds = new Float64Array(points);
  let point = points - 1;
  precision[point] = 1;
  recall[point] = 0 / ranking.positives;
  thresholds[point] = Infinity;
  forEachPoint((threshold, truePositives, falsePositives) => {
    point--;
    precision[point] = truePositives / (truePositives + falsePositives);
    recall[point] = truePositives / ranking.positives;
    thresholds[point] = threshold;
  });
  return { precision, recall, thresholds };
}
