import type { Ranking, Visit } from './ranking.js';

/**
 * At most `maxPoints` points of a curve, the last one among them; `placeOf` tells how far along the curve a point lies, from 0
 * to `length`. Between two of them lies either one straight piece of the curve, or a stretch of at most 2 * length / (maxPoints - 3).
 */
export function thinCurve(
  ranking: Ranking,
  placeOf: (truePositives: number, falsePositives: number, overlap: number) => number,
  length: number,
  maxPoints: number,
): (visit: Visit) => void {
  const longest = (2 * length) / (maxPoints - 3); // of any three points, the outer two are further apart
  const kept: Parameters<Visit>[] = [];
  let keptPlace = 0;
  let heldPlace = NaN; // a point is held back until its successor is too far from the one kept before
  let [heldThreshold, heldTrue, heldFalse, heldOverlap] = [Infinity, 0, 0, 0];
  ranking.forEachThreshold((threshold, truePositives, falsePositives, overlap) => {
    const place = placeOf(truePositives, falsePositives, overlap);
    if (place - keptPlace > longest && !Number.isNaN(heldPlace)) {
      kept.push([heldThreshold, heldTrue, heldFalse, heldOverlap]);
      keptPlace = heldPlace;
    }
    heldPlace = place;
    heldThreshold = threshold;
    heldTrue = truePositives;
    heldFalse = falsePositives;
    heldOverlap = overlap;
  });
  kept.push([heldThreshold, heldTrue, heldFalse, heldOverlap]);
  return (visit) => kept.forEach((point) => visit(...point));
}
