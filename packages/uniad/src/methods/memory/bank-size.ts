/** Tokens that are compared with each other at most, in a coreset's choice: beyond, it takes hours, and none is much unlike the others. */
const MOST_CANDIDATES = 2 ** 19;

/** Tokens that are kept at most: every prediction compares with all of them. */
const MOST_KEPT = 2 ** 15;

/** How many tokens a memory bank is chosen from, and how many it keeps. */
export interface BankSize {
  readonly candidates: number;
  readonly kept: number;
}

/** Of a bank that keeps the share `ratio` of so many tokens, or as much of that as memory and time allow whatever their number. */
export function bankSize(tokens: number, ratio: number): BankSize {
  const kept = Math.min(MOST_KEPT, Math.max(1, Math.floor(ratio * tokens)));
  return { candidates: Math.min(MOST_CANDIDATES, tokens), kept };
}

/** Says that a bank is smaller than was asked for, or chosen from less; undefined where it is not. */
export function sayBounded(tokens: number, ratio: number): string | undefined {
  const { candidates, kept } = bankSize(tokens, ratio);
  const asked = Math.floor(ratio * tokens);
  if (kept < asked)
    return `the memory keeps ${kept} of ${tokens} tokens instead of ${asked}, chosen from ${candidates} drawn at random`;
  if (candidates < tokens)
    return `the memory's ${kept} tokens are chosen from ${candidates} of ${tokens}, drawn at random`;
  return undefined;
}
