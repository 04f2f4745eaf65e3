const BITS = 12;

export interface KeptGaps {
  /** The gap for the first bits of a uint32, or -1 where the rest of the bits matters. */
  readonly gaps: Int32Array;
  readonly shift: number;
  /** The gap for a whole uint32. */
  readonly exact: (draw: number) => number;
}

let latest: { readonly dropRate: number; readonly table: KeptGaps } | undefined;

/**
 * A guide table for the number of kept elements before the next dropped one, which is geometric: the gap rises with the
 * draw, so where both ends of a cell agree the table holds the answer and the logarithm is spared.
 */
export function keptGaps(dropRate: number): KeptGaps {
  if (latest?.dropRate !== dropRate) latest = { dropRate, table: build(dropRate) };
  return latest.table;
}

function build(dropRate: number): KeptGaps {
  const perLog = 1 / Math.log1p(-dropRate);
  const exact = (draw: number) => Math.floor(Math.log1p(-(draw + 0.5) / 2 ** 32) * perLog);
  const shift = 32 - BITS;
  const gaps = Int32Array.from({ length: 2 ** BITS }, (_, cell) => {
    const first = exact(cell * 2 ** shift);
    return first === exact((cell + 1) * 2 ** shift - 1) ? first : -1;
  });
  return { gaps, shift, exact };
}
