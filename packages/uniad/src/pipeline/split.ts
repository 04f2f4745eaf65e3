import type { Dataset, Sample } from '@uniad/datasets';
import { RunError } from '../errors.js';
import { holdOut } from './hold-out.js';
import type { TrainPlan } from './train-options.js';

/** A kind of which fewer would be held out has too few for a threshold to rest on: its spread would be a matter of luck. */
const ENOUGH = 10;

/** Parts for cross-fitting: more would be slower, and each model nearer to the one of all. */
const FOLDS = 3;

/** Fewer pictures than these cannot be parted and learned from. */
const LEAST_TO_PART = 6;

/** The good pictures of a data set, by what is done with them. */
export interface Split {
  readonly learned: Sample[];
  /** Not learned: they set the thresholds. */
  readonly heldOut: Sample[];
  /** Where none is held out, parts of those learned that set the thresholds by cross-fitting; 0 for none. */
  readonly folds: number;
}

/**
 * Parts the good pictures of all categories; what is unusual is told.
 *
 * @throws RunError where too few are left to learn from
 */
export function split(dataset: Dataset, plan: TrainPlan): Split {
  const folds = foldsFor(dataset, plan);
  if (folds > 0) return { learned: dataset.categories.flatMap(({ train }) => train), heldOut: [], folds };
  const { trainPerCategory, holdOut: share, onEvent } = plan;
  const parts = dataset.categories.map(({ name, train }) => {
    if (trainPerCategory !== undefined && train.length <= trainPerCategory) {
      const message = `${name} has ${train.length} good pictures, no more than the ${trainPerCategory} asked for: none is held out`;
      onEvent({ type: 'warning', message });
    }
    return holdOut(train, { share, trainPerCategory });
  });
  const [learned, heldOut] = [parts.flatMap((part) => part.train), parts.flatMap((part) => part.heldOut)];
  if (learned.length < 2) {
    throw new RunError(`Expected at least two good pictures to learn from but found ${learned.length}`);
  }
  return { learned, heldOut, folds: 0 };
}

/** How many parts the pictures are cross-fitted in: as many as was asked for, or where few would be held out. */
function foldsFor({ categories }: Dataset, { crossFit, holdOut: share }: TrainPlan): number {
  const total = categories.reduce((sum, { train }) => sum + train.length, 0);
  if (crossFit && total < LEAST_TO_PART)
    throw new RunError(`Expected at least ${LEAST_TO_PART} good pictures for crossFit but found ${total}`);
  if (crossFit !== undefined) return crossFit;
  if (total < LEAST_TO_PART) return 0;
  return categories.some(({ train }) => train.length > 0 && Math.floor(train.length * share) < ENOUGH) ? FOLDS : 0;
}

/** Says how many pictures are there more than once. */
export function warnOfDuplicates(digests: readonly string[], onEvent: TrainPlan['onEvent']): void {
  const duplicates = digests.length - new Set(digests).size;
  if (duplicates === 0) return;
  const are = duplicates === 1 ? 'is the same as another' : 'are the same as others';
  const message = `${duplicates} of the ${digests.length} pictures to learn from ${are}, byte for byte`;
  onEvent({ type: 'warning', message });
}
