import type { Ranking, Visit } from './ranking.js';

/** A ranking of pixels that knows the connected anomalous regions they belong to. */
export interface RegionRanking extends Ranking {
  readonly regions: number;
}

/** Points of a PRO (per-region overlap) curve from (0, 0) to (1, 1), three arrays of one length. */
export interface ProCurve {
  readonly falsePositiveRate: Float64Array;
  /** The share of an anomalous region that is found, averaged over the regions. */
  readonly perRegionOverlap: Float64Array;
  /** A pixel with at least this score counts as anomalous; descending, and Infinity for the point (0, 0). */
  readonly thresholds: Float64Array;
}

/** The area under the PRO curve up to a false positive rate of `limit`, by trapezoids, over `limit`: 1 is perfect. */
export function auproOf(ranking: RegionRanking, limit: number): number {
  const { negatives, regions } = ranking;
  if (negatives === 0 || regions === 0) return NaN;
  let area = 0;
  let [rateBefore, overlapBefore] = [0, 0];
  ranking.forEachThreshold((_threshold, _truePositives, falsePositives, covered) => {
    const rate = falsePositives / negatives;
    const overlap = covered / regions;
    if (rate <= limit) area += ((rate - rateBefore) * (overlap + overlapBefore)) / 2;
    else if (rateBefore < limit) {
      const width = limit - rateBefore; // the curve is straight up to this point, and cut where it passes the limit
      const overlapAtLimit = overlapBefore + ((overlap - overlapBefore) * width) / (rate - rateBefore);
      area += (width * (overlapAtLimit + overlapBefore)) / 2;
    }
    rateBefore = rate;
    overlapBefore = overlap;
  });
  return area / limit;
}

/** The curve through the thresholds that `forEachPoint` visits; it is walked twice. */
export function proCurveOf(ranking: RegionRanking, forEachPoint: (visit: Visit) => void): ProCurve {
  let points = 1;
  forEachPoint(() => points++);
  const falsePositiveRate = new Float64Array(points);
  const perRegionOverlap = new Float64Array(points);
  const thresholds = new Float64Array(points);
  let point = 0;
  const add: Visit = (threshold, truePositives, falsePositives, overlap) => {
    falsePositiveRate[point] = falsePositives / ranking.negatives;
    perRegionOverlap[point] = Math.min(overlap / ranking.regions, 1); // added up, the shares may round above 1
    thresholds[point++] = threshold;
  };
  add(Infinity, 0, 0, 0);
  forEachPoint(add);
  return { falsePositiveRate, perRegionOverlap, thresholds };
}
