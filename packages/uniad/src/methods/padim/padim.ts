import * as tf from '@tensorflow/tfjs';
import { Generator, matMul } from '@uniad/nn';
import type { Parameters, StateDict } from '@uniad/nn';
import { RunError } from '../../errors.js';
import type { AnomalyModel, Method } from '../method.js';
import { Statistics } from '../statistics.js';
import type { PadimConfig } from './config.js';
import { PlaceGaussians } from './gaussian.js';

/** Knows for each place how good patches are distributed there, and takes a patch for the more anomalous the less likely it is. */
export class PadimModel implements AnomalyModel {
  private readonly statistics: Statistics;

  constructor(
    readonly config: PadimConfig,
    readonly channels: number,
  ) {
    const places = config.featureSize[0] * config.featureSize[1];
    this.statistics = new Statistics({
      channels: [config.channels],
      mean: [places, config.channels],
      inverse_covariance: [places, config.channels, config.channels],
    });
  }

  get parameters(): Parameters {
    return this.statistics.parameters;
  }

  /** Each patch's Mahalanobis distance from the Gaussian of its place (equation 2). */
  distance(features: tf.Tensor4D): tf.Tensor3D {
    const [batch, rows, columns] = features.shape;
    const { channels } = this.config;
    return tf.tidy(() => {
      const kept = tf.gather(features, tf.cast(this.statistics.get('channels'), 'int32') as tf.Tensor1D, 3);
      const embedding = tf.reshape(kept, [batch, rows * columns, channels]);
      const away = tf.transpose(tf.sub(embedding, this.statistics.get('mean')), [1, 0, 2]); // [places, batch, channels]
      const squared = tf.sum(tf.mul(matMul(away, this.statistics.get('inverse_covariance')), away), 2);
      return tf.reshape(tf.transpose(tf.sqrt(tf.relu(squared))), [batch, rows, columns]);
    });
  }

  /** @throws StateDictError as {@link AnomalyModel.loadStateDict} does, RunError for a channel that the features do not have */
  loadStateDict(state: StateDict): void {
    const { channels } = Object.hasOwn(state, 'channels') ? state : {};
    const foreign = channels?.data.find(
      (channel) => !(Number.isInteger(channel) && channel >= 0 && channel < this.channels),
    );
    if (foreign !== undefined) {
      throw new RunError(`Expected channels from 0 to ${this.channels - 1} in the state but received ${foreign}`);
    }
    this.statistics.loadStateDict(state);
  }

  dispose(): void {
    this.statistics.dispose();
  }
}

/** PaDiM (Defard et al. 2021): a Gaussian each place, of channels drawn at random. */
export const padim: Method<PadimConfig, PadimModel> = {
  looksAt: 'features',
  learns: 'at once',
  create: (config, channels) => new PadimModel(config, channels),

  async fit(model, source, training, _compile, { signal, onProgress } = {}) {
    const { channels: kept, regularization } = model.config;
    if (source.length < 2)
      throw new RunError(`Expected at least two pictures to measure but received ${source.length}`);
    const places = source.shape[0] * source.shape[1];
    const channels = drawChannels(model.channels, kept, new Generator(training.seed).fork('channels'));
    const gaussians = new PlaceGaussians(places, kept);
    for (let picture = 0; picture < source.length; picture++) {
      signal?.throwIfAborted();
      const features = await source.read(picture);
      const embedding = new Float32Array(places * kept);
      for (let place = 0; place < places; place++) {
        for (let i = 0; i < kept; i++) embedding[place * kept + i] = features[place * model.channels + channels[i]!]!;
      }
      gaussians.add(embedding);
      onProgress?.({ done: picture + 1, total: source.length });
    }
    model.loadStateDict({
      channels: { shape: [kept], data: channels },
      mean: { shape: [places, kept], data: gaussians.mean() },
      inverse_covariance: { shape: [places, kept, kept], data: gaussians.inverseCovariance(regularization) },
    });
    return [];
  },
};

/** So many different ones out of `channels`, in rising order. */
function drawChannels(channels: number, count: number, generator: Generator): Float32Array {
  const all = Array.from({ length: channels }, (_, channel) => channel);
  return Float32Array.from(generator.shuffle(all).slice(0, count)).sort();
}
