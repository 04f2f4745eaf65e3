import { MetricsError } from './errors.js';
import { refuseUnknownOptions, type MetricOptions } from './options.js';
import { sortAscending } from './sort.js';

/** Anomaly scores, higher for more anomalous; infinities rank, NaN is refused. */
export type Scores = Float32Array | Float64Array | readonly number[];
/** 1 for anomalous, 0 for normal. */
export type Labels = Uint8Array | readonly number[];

type SortedScores = Float32Array | Float64Array;

/** The scores of either class, each in ascending order. */
export interface Ranking {
  readonly positives: SortedScores;
  readonly negatives: SortedScores;
  /** All labels are equal, so that there is nothing to tell apart. */
  readonly oneClass: boolean;
}

/**
 * Splits scores by label and sorts each part, so that no permutation is ever kept; warns when there is one class only.
 *
 * @throws MetricsError for empty input, unequal lengths, a NaN score, a label other than 0 and 1, or an unknown option.
 */
export function rank(metric: string, scores: Scores, labels: Labels, options: MetricOptions): Ranking {
  refuseUnknownOptions(options, ['name', 'onWarning']);
  const what = options.name === undefined ? metric : `${metric} of ${options.name}`;
  if (scores.length !== labels.length) {
    throw new MetricsError(
      `Expected as many labels as scores for ${what} but received ${labels.length} labels and ${scores.length} scores`,
    );
  }
  if (scores.length === 0) throw new MetricsError(`Expected at least one score for ${what} but received none`);
  const positives = allocate(scores, countPositives(what, labels));
  const negatives = allocate(scores, scores.length - positives.length);
  let positive = 0;
  let negative = 0;
  for (let i = 0; i < scores.length; i++) {
    const score = scores[i]!;
    if (Number.isNaN(score)) throw new MetricsError(`Expected a number for score ${i} of ${what} but received NaN`);
    if (labels[i] === 1) positives[positive++] = score;
    else negatives[negative++] = score;
  }
  sortAscending(positives);
  sortAscending(negatives);
  const oneClass = positives.length === 0 || negatives.length === 0;
  if (oneClass) {
    const warn = options.onWarning ?? console.warn;
    warn(`${what} is undefined (NaN): all ${labels.length} labels are ${positives.length > 0 ? 1 : 0}`);
  }
  return { positives, negatives, oneClass };
}

/**
 * Calls `visit` for each distinct score, from the highest to the lowest, with the number of positives and of
 * negatives that score at least that much.
 */
export function forEachThreshold(
  { positives, negatives }: Ranking,
  visit: (threshold: number, truePositives: number, falsePositives: number) => void,
): void {
  let positive = positives.length - 1;
  let negative = negatives.length - 1;
  while (positive >= 0 || negative >= 0) {
    const threshold = Math.max(positives[positive] ?? -Infinity, negatives[negative] ?? -Infinity);
    while (positive >= 0 && positives[positive] === threshold) positive--;
    while (negative >= 0 && negatives[negative] === threshold) negative--;
    visit(threshold, positives.length - 1 - positive, negatives.length - 1 - negative);
  }
}

function countPositives(what: string, labels: Labels): number {
  let positives = 0;
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i];
    if (label === 1) positives++;
    else if (label !== 0)
      throw new MetricsError(`Expected 0 or 1 for label ${i} of ${what} but received ${String(label)}`);
  }
  return positives;
}

function allocate(scores: Scores, length: number): SortedScores {
  return Object.prototype.toString.call(scores) === '[object Float32Array]'
    ? new Float32Array(length)
    : new Float64Array(length);
}
