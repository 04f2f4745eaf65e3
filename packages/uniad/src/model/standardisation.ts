import * as tf from '@tensorflow/tfjs';
import type { StateDict } from '@uniad/nn';
import { RunError } from '../errors.js';

/** A channel that hardly varies among good pictures is not blown up further than this share of the mean deviation. */
const LEAST_SHARE = 0.01;

/**
 * Brings every channel of the features to mean 0 and deviation 1 over the training pictures, so that none outweighs the
 * others in the loss and in the map. The paper has no such step; it shortens training many times.
 */
export class Standardisation {
  private readonly mean: tf.Tensor1D;
  private readonly deviation: tf.Tensor1D;

  constructor(
    private readonly means: Float32Array,
    private readonly deviations: Float32Array,
  ) {
    this.mean = tf.tensor1d(means);
    this.deviation = tf.tensor1d(deviations);
  }

  /**
   * Measured on features, each `[..., channels]`.
   *
   * @param features at least one array
   */
  static async measure(features: AsyncIterable<Float32Array>, channels: number): Promise<Standardisation> {
    const sum = new Float64Array(channels);
    const squares = new Float64Array(channels);
    let tokens = 0;
    for await (const values of features) {
      for (let i = 0; i < values.length; i++) {
        sum[i % channels]! += values[i]!;
        squares[i % channels]! += values[i]! ** 2;
      }
      tokens += values.length / channels;
    }
    const mean = sum.map((total) => total / tokens);
    const deviation = squares.map((total, c) => Math.sqrt(Math.max(0, total / tokens - mean[c]! ** 2)));
    const least = Math.max(Number.EPSILON, (LEAST_SHARE * deviation.reduce((a, b) => a + b)) / channels);
    return new Standardisation(Float32Array.from(mean), Float32Array.from(deviation, (value) => Math.max(value, least)));
  }

  /**
   * Takes `feature_mean` and `feature_deviation` out of a model's parameters.
   *
   * @throws RunError when they are missing or no use
   */
  static from(parameters: StateDict, channels: number): { standardisation: Standardisation; rest: StateDict } {
    const { feature_mean: mean, feature_deviation: deviation, ...rest } = parameters;
    const holds = mean?.data.length === channels && deviation?.data.length === channels && mean.data.every(Number.isFinite) && deviation.data.every((value) => value > 0);
    if (!holds) throw new RunError(`Expected feature_mean and feature_deviation of ${channels} channels among the parameters of a model with standardised features`);
    return { standardisation: new Standardisation(mean.data, deviation.data), rest };
  }

  /** `[..., channels]` to the same shape. */
  forward<T extends tf.Tensor>(features: T): T {
    return tf.tidy(() => tf.div(tf.sub(features, this.mean), this.deviation));
  }

  stateDict(): StateDict {
    const shape = [this.means.length];
    return { feature_mean: { shape, data: this.means }, feature_deviation: { shape, data: this.deviations } };
  }

  dispose(): void {
    tf.dispose([this.mean, this.deviation]);
  }
}
