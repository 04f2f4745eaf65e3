import * as tf from '@tensorflow/tfjs';
import { linear, Parameters } from '@uniad/nn';
import type { StateDict } from '@uniad/nn';
import { nearestDistances } from '../memory/nearest-distances.js';
import type { AnomalyModel, Method } from '../method.js';
import { readTokens, requireRoom } from '../memory/read-tokens.js';
import { measureFeatureWhitening } from '../whitening/measure-feature-whitening.js';
import { Whitening } from '../whitening/whitening.js';
import { Statistics } from '../statistics.js';
import type { NearestConfig } from './config.js';

/** Remembers all tokens of good pictures: whatever is learned has to do better than this. */
export class NearestModel implements AnomalyModel {
  private readonly statistics: Statistics;

  constructor(
    readonly config: NearestConfig,
    readonly channels: number,
  ) {
    const whitening = { 'whitening.weight': [channels, channels], 'whitening.bias': [channels] };
    this.statistics = new Statistics({ ...(config.whiten && whitening), memory_bank: ['tokens', channels] });
  }

  get parameters(): Parameters {
    return this.statistics.parameters;
  }

  /** Each token's distance to the nearest token of a good picture, wherever that was: `[batch, rows, columns]`. */
  distance(features: tf.Tensor4D): tf.Tensor3D {
    const [batch, rows, columns] = features.shape;
    return tf.tidy(() => {
      const tokens = tf.reshape(features, [-1, this.channels]) as tf.Tensor2D;
      const bank = this.statistics.get('memory_bank') as tf.Tensor2D; // White already.
      return tf.reshape(nearestDistances(this.whiten(tokens), bank), [batch, rows, columns]);
    });
  }

  private whiten(tokens: tf.Tensor2D): tf.Tensor2D {
    if (!this.config.whiten) return tokens;
    const weight = this.statistics.get('whitening.weight') as tf.Tensor2D;
    return linear(tokens, weight, this.statistics.get('whitening.bias') as tf.Tensor1D) as tf.Tensor2D;
  }

  loadStateDict(state: StateDict): void {
    this.statistics.loadStateDict(state);
  }

  dispose(): void {
    this.statistics.dispose();
  }
}

/** A search for the nearest neighbor among the tokens of good pictures, without any training. */
export const nearest: Method<NearestConfig, NearestModel> = {
  looksAt: 'features',
  learns: 'at once',
  create: (config, channels) => new NearestModel(config, channels),

  async fit(model, source, _training, compile, { signal, onProgress } = {}) {
    const { channels, config } = model;
    const tokens = source.length * source.shape[0] * source.shape[1];
    requireRoom(tokens, channels);
    const measured = new Parameters();
    try {
      const whitening = config.whiten ? new Whitening(measured.scope('whitening'), channels) : undefined;
      if (whitening) await measureFeatureWhitening(whitening, source, { compile, signal });
      const map = whitening && { channels, forward: (rows: tf.Tensor2D) => whitening.forward(rows) };
      const onRead = (done: number) => onProgress?.({ done, total: source.length });
      const data = await readTokens(source, { compile, map, signal, onRead });
      model.loadStateDict({ ...(await measured.stateDict()), memory_bank: { shape: [tokens, channels], data } });
      return [];
    } finally {
      measured.dispose();
    }
  },
};
