import type { Labels } from './labels.js';
import type { MetricOptions } from './options.js';
import { rank, type Ranking, type Scores, type Visit } from './ranking.js';

export interface RocCurveOptions extends MetricOptions {
  /** Leave out points on a straight line between their neighbours; true by default. */
  readonly dropIntermediate?: boolean;
}

/** Points of a ROC curve from (0, 0) to (1, 1), three arrays of one length. */
export interface RocCurve {
  readonly falsePositiveRate: Float64Array;
  readonly truePositiveRate: Float64Array;
  /** A sample with at least this score counts as positive; descending, and Infinity for the point (0, 0). */
  readonly thresholds: Float64Array;
}

/**
 * The ROC curve, equal to scikit-learn's `roc_curve`.
 *
 * When all labels are equal the rate that has no samples is NaN everywhere, after a warning.
 * @throws MetricsError for empty input, unequal lengths, a score that is not finite, or a label other than 0 and 1.
 */
export function rocCurve(scores: Scores, labels: Labels, options: RocCurveOptions = {}): RocCurve {
  const { dropIntermediate = true, ...metricOptions } = options;
  const ranking = rank('ROC curve', scores, labels, metricOptions);
  return rocCurveOf(ranking, dropIntermediate ? (visit) => forEachCorner(ranking, visit) : ranking.forEachThreshold);
}

/** The curve through the thresholds that `forEachPoint` visits; it is walked twice. */
export function rocCurveOf(ranking: Ranking, forEachPoint: (visit: Visit) => void): RocCurve {
  let points = 1;
  forEachPoint(() => points++);
  const falsePositiveRate = new Float64Array(points);
  const truePositiveRate = new Float64Array(points);
  const thresholds = new Float64Array(points);
  let point = 0;
  const add: Visit = (threshold, truePositives, falsePositives) => {
    falsePositiveRate[point] = falsePositives / ranking.negatives;
    truePositiveRate[point] = truePositives / ranking.positives;
    thresholds[point++] = threshold;
  };
  add(Infinity, 0, 0, 0);
  forEachPoint(add);
  return { falsePositiveRate, truePositiveRate, thresholds };
}

/** Visits the first and the last threshold, and those between where the curve turns: the steps before and after differ. */
function forEachCorner(ranking: Ranking, visit: Visit): void {
  let isHeld = false; // a point is held back until its successor tells whether the curve turns there
  let heldThreshold = Infinity;
  let heldTrue = 0;
  let heldFalse = 0;
  let trueStep = NaN;
  let falseStep = NaN;
  ranking.forEachThreshold((threshold, truePositives, falsePositives) => {
    const nextTrueStep = truePositives - heldTrue;
    const nextFalseStep = falsePositives - heldFalse;
    if (isHeld && (nextTrueStep !== trueStep || nextFalseStep !== falseStep))
      visit(heldThreshold, heldTrue, heldFalse, 0);
    trueStep = isHeld ? nextTrueStep : NaN; // the first point has no step before it and is always visited
    falseStep = isHeld ? nextFalseStep : NaN;
    heldThreshold = threshold;
    heldTrue = truePositives;
    heldFalse = falsePositives;
    isHeld = true;
  });
  visit(heldThreshold, heldTrue, heldFalse, 0);
}
