import { MetricsError } from './errors.js';
import { countPositives, refuseInfinite, type Labels } from './labels.js';
import { nameOf, refuseUnknownOptions, type MetricOptions } from './options.js';
import { sortAscending } from './sort.js';

/** Anomaly scores, higher for more anomalous; finite. */
export type Scores = Float32Array | Float64Array | readonly number[];

export type SortedScores = Float32Array | Float64Array;

/**
 * Called with the number of positives and of negatives that score at least `threshold`, and with the covered shares of the
 * anomalous regions added up, where these are known.
 */
export type Visit = (threshold: number, truePositives: number, falsePositives: number, overlap: number) => void;

/** What every metric here is computed from. */
export interface Ranking {
  readonly positives: number;
  readonly negatives: number;
  /** Calls `visit` for each distinct score, from the highest to the lowest. */
  forEachThreshold(visit: Visit): void;
}

/**
 * Splits scores by label and sorts each part, so that no permutation is ever kept; warns when there is one class only.
 *
 * @throws MetricsError for empty input, unequal lengths, a score that is not finite, a label other than 0 and 1, or an
 *   unknown option.
 */
export function rank(metric: string, scores: Scores, labels: Labels, options: MetricOptions): Ranking {
  refuseUnknownOptions(options, ['name', 'onWarning']);
  const what = nameOf(metric, options);
  if (scores.length !== labels.length) {
    throw new MetricsError(
      `Expected as many labels as scores for ${what} but received ${labels.length} labels and ${scores.length} scores`,
    );
  }
  if (scores.length === 0) throw new MetricsError(`Expected at least one score for ${what} but received none`);
  refuseInfinite(scores, 'score', what);
  const positives = allocate(scores, countPositives(labels, 'label', what));
  const negatives = allocate(scores, scores.length - positives.length);
  let positive = 0;
  let negative = 0;
  for (let i = 0; i < scores.length; i++) {
    if (labels[i]) positives[positive++] = scores[i]!;
    else negatives[negative++] = scores[i]!;
  }
  sortAscending(positives);
  sortAscending(negatives);
  const ranking = rankSorted(positives, negatives);
  warnOneClass(`${what} is`, ranking, options);
  return ranking;
}

/** A ranking of either class's scores in ascending order, with the size of the region that each positive belongs to. */
export function rankSorted(positives: SortedScores, negatives: SortedScores, regionSizes?: Uint32Array): Ranking {
  return {
    positives: positives.length,
    negatives: negatives.length,
    forEachThreshold(visit) {
      let positive = positives.length - 1;
      let negative = negatives.length - 1;
      let overlap = 0;
      while (positive >= 0 || negative >= 0) {
        const highest = positive >= 0 ? positives[positive]! : -Infinity;
        const threshold = negative >= 0 && negatives[negative]! > highest ? negatives[negative]! : highest;
        for (; positive >= 0 && positives[positive] === threshold; positive--) {
          if (regionSizes) overlap += 1 / regionSizes[positive]!;
        }
        while (negative >= 0 && negatives[negative] === threshold) negative--;
        visit(threshold, positives.length - 1 - positive, negatives.length - 1 - negative, overlap);
      }
    },
  };
}

export function isOneClass({ positives, negatives }: Pick<Ranking, 'positives' | 'negatives'>): boolean {
  return positives === 0 || negatives === 0;
}

/** Says that `subject`, as in `AUROC is`, is undefined because there is nothing to tell apart. */
export function warnOneClass(
  subject: string,
  counts: Pick<Ranking, 'positives' | 'negatives'>,
  { onWarning = console.warn }: MetricOptions,
): void {
  if (!isOneClass(counts)) return;
  const { positives, negatives } = counts;
  onWarning(`${subject} undefined (NaN): all ${positives + negatives} labels are ${positives > 0 ? 1 : 0}`);
}

function allocate(scores: Scores, length: number): SortedScores {
  return Object.prototype.toString.call(scores) === '[object Float32Array]'
    ? new Float32Array(length)
    : new Float64Array(length);
}
