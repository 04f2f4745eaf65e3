/** Share of the good pictures that sets the threshold instead of training. */
const HELD_OUT_SHARE = 0.1;

/**
 * Splits the good pictures of one category, in their order, into those to learn from and those held out to set the
 * threshold: what is beyond `trainPerCategory`, or else every tenth picture.
 */
export function holdOut<T>(good: readonly T[], trainPerCategory?: number): { train: T[]; heldOut: T[] } {
  if (trainPerCategory !== undefined)
    return { train: good.slice(0, trainPerCategory), heldOut: good.slice(trainPerCategory) };
  const every = Math.round(1 / HELD_OUT_SHARE);
  return {
    train: good.filter((_, i) => i % every !== every - 1),
    heldOut: good.filter((_, i) => i % every === every - 1),
  };
}
