import type { RegionRanking } from './aupro.js';
import { bestF1Of } from './best-f1.js';
import { isOneClass } from './ranking.js';

/** By how much a metric can differ at most from its exact value; NaN where the metric is. */
export interface ErrorBounds {
  readonly auroc: number;
  readonly averagePrecision: number;
  readonly bestF1: number;
  readonly aupro: number;
}

/**
 * What is lost by not knowing the order of the scores inside each bin: for every bin, the best and the worst order that its
 * pixels could have, against what was taken for them.
 */
export function errorBoundsOf(ranking: RegionRanking, limit: number): ErrorBounds {
  if (isOneClass(ranking)) return { auroc: NaN, averagePrecision: NaN, bestF1: NaN, aupro: NaN };
  const { positives, negatives, regions } = ranking;
  let [auroc, averagePrecision, bestF1, aupro] = [0, 0, 0, 0];
  let [trueBefore, falseBefore, overlapBefore] = [0, 0, 0];
  ranking.forEachThreshold((_threshold, truePositives, falsePositives, overlap) => {
    const found = truePositives - trueBefore;
    if (found > 0) {
      auroc += (found * (falsePositives - falseBefore)) / 2; // pairs in one bin count half, and should count 0 to 1
      const taken = truePositives / (truePositives + falsePositives);
      const highest = truePositives / (truePositives + falseBefore); // precision with the bin's positives on top
      const lowest = (trueBefore + 1) / (trueBefore + 1 + falsePositives);
      averagePrecision += found * Math.max(highest - taken, taken - lowest);
      bestF1 = Math.max(bestF1, (2 * truePositives) / (truePositives + falseBefore + positives));
      const covered = (overlap - overlapBefore) / regions;
      aupro += covered * rampError(falseBefore / negatives, falsePositives / negatives, limit);
    }
    trueBefore = truePositives;
    falseBefore = falsePositives;
    overlapBefore = overlap;
  });
  return {
    auroc: auroc / (positives * negatives),
    averagePrecision: averagePrecision / positives,
    bestF1: bestF1 - bestF1Of(ranking).f1,
    aupro: aupro / limit,
  };
}

/** A pixel found at a false positive rate x adds limit - x to the area: x was taken as spread evenly over [from, to]. */
function rampError(from: number, to: number, limit: number): number {
  if (from >= limit) return 0;
  const most = limit - from;
  const least = Math.max(limit - to, 0);
  const taken = to <= limit ? (most + least) / 2 : most ** 2 / (2 * (to - from));
  return Math.max(most - taken, taken - least);
}
