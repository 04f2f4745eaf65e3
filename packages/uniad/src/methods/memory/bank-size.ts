/** Tokens that are compared with each other at most, in a coreset's choice: beyond, it takes hours, and none is much unlike the others. */
const MOST_CANDIDATES = 2 ** 19;

/** Tokens that are kept at most: every prediction compares with all of them. */
const MOST_KEPT = 2 ** 15;

/** The same where each kind of part has a bank of its own: of each, for a prediction compares with one, and of all, for all are on disk. */
const [MOST_KEPT_OF_KIND, MOST_KEPT_OF_ALL] = [2 ** 13, 2 ** 17] as const;

/** How many tokens a memory bank is chosen from, and how many it keeps. */
export interface BankSize {
  readonly candidates: number;
  readonly kept: number;
}

/** Of a bank that keeps the share `ratio` of so many tokens, or as much of that as memory and time allow whatever their number. */
export function bankSize(tokens: number, ratio: number): BankSize {
  return bounded(tokens, ratio, MOST_KEPT);
}

/**
 * Of the bank of each kind: all keep as many, however much good parts of a kind vary.
 *
 * @param tokens of a kind, on average
 */
export function bankSizeOfKind(tokens: number, ratio: number, kinds: number): BankSize {
  return bounded(tokens, ratio, Math.max(1, Math.min(MOST_KEPT_OF_KIND, Math.floor(MOST_KEPT_OF_ALL / kinds))));
}

function bounded(tokens: number, ratio: number, most: number): BankSize {
  const kept = Math.min(most, Math.max(1, Math.floor(ratio * tokens)));
  return { candidates: Math.min(MOST_CANDIDATES, tokens), kept };
}

/**
 * Says that a bank is smaller than was asked for, or chosen from less; undefined where it is not.
 *
 * @param ratio of the tokens that were to be kept
 */
export function sayBounded(tokens: number, ratio: number, { candidates, kept }: BankSize): string | undefined {
  const asked = Math.max(1, Math.floor(ratio * tokens));
  if (kept < asked)
    return `the memory keeps ${kept} of ${tokens} tokens instead of ${asked}, chosen from ${candidates === tokens ? 'all' : `${candidates} drawn at random`}`;
  if (candidates < tokens)
    return `the memory's ${kept} tokens are chosen from ${candidates} of ${tokens}, drawn at random`;
  return undefined;
}
