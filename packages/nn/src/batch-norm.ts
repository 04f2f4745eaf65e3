import * as tf from '@tensorflow/tfjs';
import { ArgumentError } from './errors.js';
import { ones, zeros } from './initialisers.js';
import type { Initialiser } from './initialisers.js';
import { normalise, normaliseGradients } from './normalise.js';
import type { Parameters } from './parameters.js';
import { withGradient } from './with-gradient.js';

const PLACES = [0, 1, 2];

/** The settings of a batch norm, with PyTorch's defaults. */
export interface BatchNormOptions {
  readonly epsilon?: number;
  /** How much of a new batch goes into the running mean and variance. */
  readonly momentum?: number;
  /** First values; default ones. */
  readonly weight?: Initialiser;
  /** First values; default zeros. */
  readonly bias?: Initialiser;
  /** First values; default zeros. */
  readonly runningMean?: Initialiser;
  /** First values; default ones. */
  readonly runningVar?: Initialiser;
}

/**
 * A batch norm over batch, rows and columns; parameters `weight` and `bias`, buffers `running_mean` and `running_var`, all
 * `[channels]` (Ioffe and Szegedy 2015, as in PyTorch: the running variance is the unbiased one).
 */
export class BatchNorm2d {
  readonly weight: tf.Variable;
  readonly bias: tf.Variable;
  readonly runningMean: tf.Variable;
  readonly runningVar: tf.Variable;
  private readonly epsilon: number;
  private readonly momentum: number;

  constructor(parameters: Parameters, channels: number, options: BatchNormOptions = {}) {
    const { weight = ones, bias = zeros, runningMean = zeros, runningVar = ones } = options;
    const { epsilon = 1e-5, momentum = 0.1 } = options;
    this.weight = parameters.create('weight', [channels], weight);
    this.bias = parameters.create('bias', [channels], bias);
    this.runningMean = parameters.createBuffer('running_mean', [channels], runningMean);
    this.runningVar = parameters.createBuffer('running_var', [channels], runningVar);
    this.epsilon = epsilon;
    this.momentum = momentum;
  }

  /**
   * @param x `[batch, height, width, channels]`
   * @param training normalises by the batch and updates the running statistics; else these normalise
   * @throws ArgumentError when training on a single value a channel, which has no variance
   */
  forward(x: tf.Tensor4D, training: boolean): tf.Tensor4D {
    return tf.tidy(() => {
      if (!training) {
        const scale = tf.mul(this.weight, tf.rsqrt(tf.add(this.runningVar, this.epsilon)));
        return tf.add(tf.mul(x, scale), tf.sub(this.bias, tf.mul(this.runningMean, scale)));
      }
      const count = x.size / x.shape[3];
      if (count < 2)
        throw new ArgumentError('Expected more than one value for each channel of a training batch but received one');
      const output = withGradient({
        // Without a name: it moves the running statistics, too.
        inputs: [x, this.weight, this.bias],
        forward: (x, weight, bias) => {
          const { normalised, mean, variance, inverseDeviation } = normalise(x, PLACES, this.epsilon);
          this.follow(tf.reshape(mean, [-1]), tf.reshape(variance, [-1]), count);
          return [tf.add(tf.mul(normalised, weight), bias), normalised, inverseDeviation, weight];
        },
        backward: (dy, normalised, inverseDeviation, weight) =>
          normaliseGradients(dy, normalised, inverseDeviation, weight, PLACES, PLACES),
      });
      return output as tf.Tensor4D;
    });
  }

  /** Moves the running statistics towards those of a batch of `count` values a channel. */
  private follow(mean: tf.Tensor, variance: tf.Tensor, count: number): void {
    const blend = (running: tf.Variable, batch: tf.Tensor) =>
      running.assign(tf.add(tf.mul(running, 1 - this.momentum), tf.mul(batch, this.momentum)));
    blend(this.runningMean, mean);
    blend(this.runningVar, tf.mul(variance, count / (count - 1)));
  }
}
