import { auroc, bootstrapInterval } from '@uniad/metrics';
import type { Interval } from '@uniad/metrics';
import type { ScoredSample } from './evaluate.js';

/**
 * Where the image AUROC of such test pictures lies with 95 % confidence, by bootstrap; NaN where they are all good or all
 * anomalous. Where no scores overlap both ends are 1, whatever their number.
 */
export function imageAurocInterval(scored: readonly ScoredSample[]): Interval {
  const scores = Float64Array.from(scored, ({ score }) => score);
  const labels = scored.map(({ sample }) => sample.anomalous);
  return bootstrapInterval(auroc, scores, labels, { onWarning: () => {} });
}
