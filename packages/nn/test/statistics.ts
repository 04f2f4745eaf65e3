/** The sum of (observed - expected)² / expected, over its standard deviation for that many cells, minus its mean. */
export function chiSquareDeviations(counts: readonly number[], expected: readonly number[]): number {
  const statistic = counts.reduce((sum, count, i) => sum + (count - expected[i]!) ** 2 / expected[i]!, 0);
  const freedom = counts.length - 1;
  return (statistic - freedom) / Math.sqrt(2 * freedom);
}

export function moments(values: ArrayLike<number>): {
  mean: number;
  deviation: number;
  skew: number;
  kurtosis: number;
} {
  const all = Array.from(values);
  const average = (f: (x: number) => number) => all.reduce((sum, x) => sum + f(x), 0) / all.length;
  const mean = average((x) => x);
  const deviation = Math.sqrt(average((x) => (x - mean) ** 2));
  const standard = (power: number) => average((x) => ((x - mean) / deviation) ** power);
  return { mean, deviation, skew: standard(3), kurtosis: standard(4) };
}
