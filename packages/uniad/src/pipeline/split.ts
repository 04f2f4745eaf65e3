import type { Dataset, Sample } from '@uniad/datasets';
import { RunError } from '../errors.js';
import { holdOut } from './hold-out.js';
import type { TrainPlan } from './train-options.js';

/**
 * The good pictures of all categories: those to learn from, and those that set the threshold. What is unusual is told.
 *
 * @throws RunError where too few are left to learn from
 */
export function split(dataset: Dataset, plan: TrainPlan): { learned: Sample[]; heldOut: Sample[] } {
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
  return { learned, heldOut };
}

/** Says how many pictures are there more than once. */
export function warnOfDuplicates(digests: readonly string[], onEvent: TrainPlan['onEvent']): void {
  const duplicates = digests.length - new Set(digests).size;
  if (duplicates === 0) return;
  const are = duplicates === 1 ? 'is the same as another' : 'are the same as others';
  const message = `${duplicates} of the ${digests.length} pictures to learn from ${are}, byte for byte`;
  onEvent({ type: 'warning', message });
}
