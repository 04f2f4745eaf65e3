import * as tf from '@tensorflow/tfjs';
import { linear, zeros } from '@uniad/nn';
import type { Parameters } from '@uniad/nn';
import { cholesky, inverseOfLower } from '../cholesky.js';

/** A channel that hardly varies is not blown up without bound: its variance counts as this, or this share of the mean variance. */
const [LEAST, LEAST_SHARE] = [1e-12, 1e-4] as const;

/** Sums over tokens x `[channels]`, from which {@link Whitening.set} follows. */
export interface Moments {
  readonly tokens: number;
  /** Of x, `[channels]`. */
  readonly sum: Float64Array;
  /** Of x xᵀ, `[channels, channels]`. */
  readonly products: Float64Array;
}

/**
 * A measured linear map L⁻¹ (x - mean) that gives tokens with covariance L Lᵀ mean 0 and covariance 1: the squared length of
 * what comes out is the squared Mahalanobis distance of x from the mean. Until it is measured it changes nothing.
 */
export class Whitening {
  private readonly weight: tf.Variable; // [channels, channels]
  private readonly bias: tf.Variable; // [channels]

  constructor(
    parameters: Parameters,
    private readonly channels: number,
  ) {
    this.weight = parameters.createBuffer('weight', [channels, channels], ([rows = 0]) =>
      Float32Array.from({ length: rows ** 2 }, (_, i) => Number(i % (rows + 1) === 0)),
    );
    this.bias = parameters.createBuffer('bias', [channels], zeros);
  }

  /** `[..., channels]` to the same shape. */
  forward<T extends tf.Tensor>(tokens: T): T {
    return linear(tokens, this.weight as tf.Tensor2D, this.bias as tf.Tensor1D) as T;
  }

  /**
   * Takes what was measured on tokens.
   *
   * @param shrinkage share of its diagonal that the covariance is mixed with, from 0 to 1; it keeps the directions in which
   *   tokens hardly vary from being blown up. Few tokens raise it, by as much as there are channels to tokens.
   * @param floor share of the mean variance that is added to each channel's own, so that channels that vary less than that count less
   * @param groups how many channels belong together, one after the other: each group is whitened as if it were alone
   */
  set(moments: Moments, shrinkage: number, floor: number, groups: readonly number[] = [this.channels]): void {
    const { channels } = this;
    const weight = new Float32Array(channels ** 2);
    const bias = new Float32Array(channels);
    let first = 0;
    for (const size of groups) {
      const own = whiten(momentsOf(moments, first, size), shrinkage, floor);
      for (let row = 0; row < size; row++) {
        weight.set(own.weight.subarray(row * size, (row + 1) * size), (first + row) * channels + first);
      }
      bias.set(own.bias, first);
      first += size;
    }
    tf.tidy(() => {
      this.weight.assign(tf.tensor2d(weight, [channels, channels]));
      this.bias.assign(tf.tensor1d(bias));
    });
  }
}

/** Of `size` channels from `first` on. */
function momentsOf({ tokens, sum, products }: Moments, first: number, size: number): Moments {
  const rows = Array.from({ length: size }, (_, row) => (first + row) * sum.length + first);
  const own = new Float64Array(size ** 2);
  rows.forEach((start, row) => own.set(products.subarray(start, start + size), row * size));
  return { tokens, sum: sum.subarray(first, first + size), products: own };
}

/** See {@link Whitening.set}. */
function whiten({ tokens, sum, products }: Moments, shrinkage: number, floor: number) {
  const channels = sum.length;
  const kept = ((1 - shrinkage) * tokens) / (tokens + channels);
  const mean = sum.map((value) => value / tokens);
  const covariance = products.map((value, i) => value / tokens - mean[i % channels]! * mean[Math.floor(i / channels)]!);
  const variance = mean.map((_, c) => Math.max(0, covariance[c * (channels + 1)]!));
  const meanVariance = variance.reduce((a, b) => a + b) / channels;
  const least = Math.max(LEAST, LEAST_SHARE * meanVariance);
  const shrunk = covariance.map((value, i) =>
    i % (channels + 1) === 0 ? Math.max(value, least) + floor * meanVariance : kept * value,
  );
  const weight = inverseOfLower(cholesky(shrunk, channels), channels);
  const bias = mean.map((_, row) => -mean.reduce((total, value, c) => total + weight[row * channels + c]! * value, 0));
  return { weight, bias };
}
