import * as tf from '@tensorflow/tfjs';
import { linear } from '@uniad/nn';
import type { StateDict } from '@uniad/nn';
import { RunError } from '../errors.js';

/** A channel that hardly varies is not blown up without bound: its variance counts as this, or this share of the mean variance. */
const [LEAST, LEAST_SHARE] = [1e-12, 1e-4] as const;

/** Sums over tokens x `[channels]`, from which {@link Whitening.of} follows. */
export interface Moments {
  readonly tokens: number;
  /** Of x, `[channels]`. */
  readonly sum: Float64Array;
  /** Of x xᵀ, `[channels, channels]`. */
  readonly products: Float64Array;
}

/**
 * A fixed linear map L⁻¹ (x - mean) that gives tokens with covariance L Lᵀ mean 0 and covariance 1: the squared length of
 * what comes out is the squared Mahalanobis distance of x from the mean.
 */
export class Whitening {
  /**
   * @param weight `[channels, channels]`
   * @param bias `[channels]`
   */
  constructor(
    private readonly weight: Float32Array,
    private readonly bias: Float32Array,
  ) {}

  /** Changes nothing. */
  static identity(channels: number): Whitening {
    const weight = Float32Array.from({ length: channels ** 2 }, (_, i) => Number(i % (channels + 1) === 0));
    return new Whitening(weight, new Float32Array(channels));
  }

  /**
   * Measured on tokens.
   *
   * @param shrinkage share of its diagonal that the covariance is mixed with, from 0 to 1; it keeps the directions in which
   *   tokens hardly vary from being blown up. Few tokens raise it, by as much as there are channels to tokens.
   */
  static of({ tokens, sum, products }: Moments, shrinkage: number): Whitening {
    const channels = sum.length;
    const kept = ((1 - shrinkage) * tokens) / (tokens + channels);
    const mean = sum.map((value) => value / tokens);
    const covariance = products.map(
      (value, i) => value / tokens - mean[i % channels]! * mean[Math.floor(i / channels)]!,
    );
    const variance = mean.map((_, c) => Math.max(0, covariance[c * (channels + 1)]!));
    const least = Math.max(LEAST, (LEAST_SHARE * variance.reduce((a, b) => a + b)) / channels);
    const shrunk = covariance.map((value, i) => (i % (channels + 1) === 0 ? Math.max(value, least) : kept * value));
    const weight = inverseOfLower(cholesky(shrunk, channels), channels);
    const bias = mean.map(
      (_, row) => -mean.reduce((total, value, c) => total + weight[row * channels + c]! * value, 0),
    );
    return new Whitening(Float32Array.from(weight), Float32Array.from(bias));
  }

  /**
   * From `NAME.weight` and `NAME.bias` among a model's parameters.
   *
   * @throws RunError when they are missing or no use
   */
  static from(state: StateDict, name: string, channels: number): Whitening {
    const [weight, bias] = [state[`${name}.weight`], state[`${name}.bias`]];
    const shaped = weight?.shape.join() === `${channels},${channels}` && bias?.shape.join() === `${channels}`;
    if (shaped && weight.data.every(Number.isFinite) && bias.data.every(Number.isFinite))
      return new Whitening(weight.data, bias.data);
    throw new RunError(
      `Expected finite ${name}.weight [${channels}, ${channels}] and ${name}.bias [${channels}] among the parameters, as the configuration asks for them`,
    );
  }

  /** `[..., channels]` to the same shape. */
  forward<T extends tf.Tensor>(tokens: T): T {
    const channels = this.bias.length;
    return tf.tidy(() => linear(tokens, tf.tensor2d(this.weight, [channels, channels]), tf.tensor1d(this.bias)) as T);
  }

  /** Its numbers, as `NAME.weight` and `NAME.bias`. */
  stateDict(name: string): StateDict {
    const channels = this.bias.length;
    return {
      [`${name}.weight`]: { shape: [channels, channels], data: this.weight },
      [`${name}.bias`]: { shape: [channels], data: this.bias },
    };
  }
}

/** L of a = L Lᵀ for a symmetric positive definite matrix, row by row; what is above the diagonal is 0. */
function cholesky(a: Float64Array, size: number): Float64Array {
  const lower = new Float64Array(size ** 2);
  for (let row = 0; row < size; row++) {
    for (let column = 0; column <= row; column++) {
      let rest = a[row * size + column]!;
      for (let k = 0; k < column; k++) rest -= lower[row * size + k]! * lower[column * size + k]!;
      lower[row * size + column] = row === column ? Math.sqrt(rest) : rest / lower[column * (size + 1)]!;
    }
  }
  return lower;
}

/** By forward substitution. */
function inverseOfLower(lower: Float64Array, size: number): Float64Array {
  const inverse = new Float64Array(size ** 2);
  for (let column = 0; column < size; column++) {
    for (let row = column; row < size; row++) {
      let rest = Number(row === column);
      for (let k = column; k < row; k++) rest -= lower[row * size + k]! * inverse[k * size + column]!;
      inverse[row * size + column] = rest / lower[row * (size + 1)]!;
    }
  }
  return inverse;
}
