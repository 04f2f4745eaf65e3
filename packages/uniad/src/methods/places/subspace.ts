import type { Generator } from '@uniad/nn';
import { cholesky, inverseOfLower } from '../cholesky.js';

/** Rounds of the orthogonal iteration: the leading directions need not be exact. */
const ROUNDS = 6;

/** Keeps a factorisation of a matrix that may be singular. */
const EPSILON = 1e-9;

/** How the tokens of one place are distributed. */
export interface Subspace {
  /** `[channels]` */
  readonly mean: Float64Array;
  /**
   * `[channels, rank]`: of a difference x from the mean, |x|² - |basisᵀ x|² is how far it is from what good tokens do there, the
   * squared Mahalanobis distance whose covariance is 1 plus theirs, as far as they are enough to know it.
   */
  readonly basis: Float64Array;
}

/** How far so many tokens are to be trusted to show their covariance; the rest is what is known of other places. */
export const trustIn = (count: number, channels: number) => count / (count + channels);

/**
 * Measures the mean and the `rank` directions of most variance, by orthogonal iteration.
 *
 * @param tokens `[count, channels]`, in which what is known of other places is white
 * @param generator draws where the iteration starts
 */
export function measureSubspace(tokens: Float64Array, channels: number, rank: number, generator: Generator): Subspace {
  const count = tokens.length / channels;
  const mean = new Float64Array(channels);
  tokens.forEach((value, i) => (mean[i % channels]! += value / count));
  const away = tokens.map((value, i) => value - mean[i % channels]!); // [count, channels]

  const directions = new Float64Array(rank * channels); // [rank, channels]
  directions.set(generator.fillNormal(new Float32Array(directions.length), 0, 1));
  orthonormalise(directions, channels);
  for (let round = 0; round < ROUNDS; round++) {
    directions.set(timesScatter(directions, away, channels));
    orthonormalise(directions, channels);
  }
  const scale = trustIn(count, channels) / count;
  const scattered = timesScatter(directions, away, channels);
  const strength = new Float64Array(rank ** 2); // 1 + variance in these directions
  for (let i = 0; i < rank; i++) {
    for (let j = 0; j < rank; j++) {
      strength[i * rank + j] = scale * dot(directions, i, scattered, j, channels) + Number(i === j);
    }
  }
  // 1 - (1 + variance)⁻¹ is the share of a squared length in these directions that is forgiven.
  const inverse = inverseOfLower(cholesky(strength, rank), rank);
  const forgiven = new Float64Array(rank ** 2);
  for (let i = 0; i < rank; i++) {
    for (let j = 0; j < rank; j++) {
      let sum = 0;
      for (let k = Math.max(i, j); k < rank; k++) sum += inverse[k * rank + i]! * inverse[k * rank + j]!;
      forgiven[i * rank + j] = Number(i === j) * (1 + EPSILON) - sum;
    }
  }
  const factor = cholesky(forgiven, rank);
  const basis = new Float64Array(channels * rank);
  for (let c = 0; c < channels; c++) {
    for (let j = 0; j < rank; j++) {
      let sum = 0;
      for (let i = j; i < rank; i++) sum += directions[i * channels + c]! * factor[i * rank + j]!;
      basis[c * rank + j] = sum;
    }
  }
  return { mean, basis };
}

/** Each row's product with awayᵀ away: `[rank, channels]`. */
function timesScatter(rows: Float64Array, away: Float64Array, channels: number): Float64Array {
  const result = new Float64Array(rows.length);
  for (let row = 0; row < rows.length / channels; row++) {
    for (let token = 0; token < away.length / channels; token++) {
      const along = dot(rows, row, away, token, channels);
      const [to, from] = [row * channels, token * channels];
      for (let c = 0; c < channels; c++) result[to + c]! += along * away[from + c]!;
    }
  }
  return result;
}

/** Gram and Schmidt, twice each for the digits; a row that the others make up becomes 0. */
function orthonormalise(rows: Float64Array, channels: number): void {
  for (let row = 0; row < rows.length / channels; row++) {
    const own = rows.subarray(row * channels, (row + 1) * channels);
    const before = Math.sqrt(dot(rows, row, rows, row, channels));
    for (let i = 0; i < 2 * row; i++) {
      const other = i % row;
      const along = dot(rows, row, rows, other, channels);
      for (let c = 0; c < channels; c++) own[c]! -= along * rows[other * channels + c]!;
    }
    const length = Math.sqrt(dot(rows, row, rows, row, channels));
    own.forEach((value, c) => (own[c] = length > 1e-10 * before ? value / length : 0));
  }
}

function dot(a: Float64Array, row: number, b: Float64Array, other: number, channels: number): number {
  let sum = 0;
  for (let c = 0, i = row * channels, j = other * channels; c < channels; c++) sum += a[i + c]! * b[j + c]!;
  return sum;
}
