/**
 * Splits the good pictures of one category, in their order, into those to learn from and those held out to set the
 * threshold: what is beyond `trainPerCategory`, or else every so manieth picture.
 *
 * @param share of the pictures that is held out, from 0 to below 1
 */
export function holdOut<T>(
  good: readonly T[],
  { share, trainPerCategory }: { readonly share: number; readonly trainPerCategory?: number | undefined },
): { train: T[]; heldOut: T[] } {
  if (trainPerCategory !== undefined) {
    return { train: good.slice(0, trainPerCategory), heldOut: good.slice(trainPerCategory) };
  }
  // The k-th picture is held out where k shares make one more whole picture.
  const isHeldOut = (_: T, i: number) => Math.floor((i + 1) * share + 1e-9) > Math.floor(i * share + 1e-9);
  return { train: good.filter((one, i) => !isHeldOut(one, i)), heldOut: good.filter(isHeldOut) };
}
