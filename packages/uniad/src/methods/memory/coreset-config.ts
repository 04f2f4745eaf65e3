import * as v from 'valibot';
import { that } from '../../validate.js';

const isBetween = (value: unknown, low: number, high: number) =>
  typeof value === 'number' && value > low && value <= high;

const entries = {
  /** Share of the patches that the memory bank keeps (Roth et al. 2022, section 3.2). */
  ratio: that<number>('a number above 0 and up to 1', (value) => isBetween(value, 0, 1)),
  /**
   * By how much the random projection in which they are chosen may stretch or shrink a squared distance (Johnson and
   * Lindenstrauss); where that takes no fewer channels than there are, they are chosen in the features as they are.
   */
  epsilon: that<number>('a number above 0 and below 1', (value) => isBetween(value, 0, 1) && value !== 1),
};

/** How patches of good pictures are chosen for a memory bank. */
export const coresetEntry = v.object(entries);

export type CoresetConfig = Readonly<v.InferOutput<typeof coresetEntry>>;
