import { MetricsError } from './errors.js';

/** 1 or true for anomalous, 0 or false for normal. */
export type Labels = Uint8Array | readonly (number | boolean)[];

/**
 * Counts the anomalous ones; `what` and `item` name the place in the error, as in `label 3 of AUROC`.
 *
 * @throws MetricsError for a label other than 0, 1, false and true.
 */
export function countPositives(labels: Labels, item: string, what: string): number {
  let positives = 0;
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i];
    if (label === 1 || label === true) positives++;
    else if (label !== 0 && label !== false) {
      throw new MetricsError(`Expected 0 or 1 for ${item} ${i} of ${what} but received ${String(label)}`);
    }
  }
  return positives;
}

/** Throws MetricsError for the first score that is NaN or infinite, named by its index. */
export function refuseInfinite(scores: ArrayLike<number>, item: string, what: string): void {
  for (let i = 0; i < scores.length; i++) {
    if (!Number.isFinite(scores[i])) {
      throw new MetricsError(`Expected a finite number for ${item} ${i} of ${what} but received ${String(scores[i])}`);
    }
  }
}
