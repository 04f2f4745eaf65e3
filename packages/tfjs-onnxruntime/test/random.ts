/** Reproducible test data. */
export interface Random {
  uniform(): number;
  integer(below: number): number;
}

export function random(seed: number): Random {
  let state = seed >>> 0;
  const uniform = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  return { uniform, integer: (below) => Math.floor(uniform() * below) };
}

/** A shape of 0 to `maxRank` axes of 1 to 4. */
export function someShape(source: Random, maxRank = 4, minRank = 0): number[] {
  const rank = minRank + source.integer(maxRank - minRank + 1);
  return Array.from({ length: rank }, () => 1 + source.integer(4));
}

/** Two shapes that broadcast: axes are dropped from the left or set to 1 here and there. */
export function broadcastPair(source: Random): [number[], number[]] {
  const full = someShape(source);
  const weaken = (): number[] =>
    full.slice(source.integer(full.length + 1)).map((size) => (source.uniform() < 0.3 ? 1 : size));
  return source.uniform() < 0.5 ? [full, weaken()] : [weaken(), weaken()];
}
