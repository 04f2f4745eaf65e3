import * as tf from '@tensorflow/tfjs';
import { Generator } from '@uniad/nn';
import type { Parameters, StateDict } from '@uniad/nn';
import { bankSize } from '../memory/bank-size.js';
import { distancesTo, nearestDistances } from '../memory/nearest-distances.js';
import { remember } from '../memory/remember.js';
import type { AnomalyModel, Method } from '../method.js';
import { Statistics } from '../statistics.js';
import type { PatchCoreConfig } from './config.js';

/** Larger than every distance. */
const FAR = 1e30;

/**
 * Remembers patches of good pictures, and takes a patch for the more anomalous the farther it is from the nearest of them. Its
 * patches are locally aware by the configuration's neck (section 3.1).
 */
export class PatchCoreModel implements AnomalyModel {
  private readonly statistics: Statistics;

  constructor(
    readonly config: PatchCoreConfig,
    readonly channels: number,
  ) {
    this.statistics = new Statistics({ memory_bank: ['patches', channels] });
  }

  get parameters(): Parameters {
    return this.statistics.parameters;
  }

  private get memoryBank(): tf.Tensor2D {
    return this.statistics.get('memory_bank') as tf.Tensor2D;
  }

  /** Each patch's distance to its nearest neighbor (equation 6). */
  distance(features: tf.Tensor4D): tf.Tensor3D {
    const [batch, rows, columns] = features.shape;
    return tf.tidy(() => {
      const patches = tf.reshape(features, [-1, this.channels]) as tf.Tensor2D;
      return tf.reshape(nearestDistances(patches, this.memoryBank), [batch, rows, columns]);
    });
  }

  /** The largest distance, the less the more crowded the bank is around its neighbor, for then it is less of a surprise (equation 7). */
  scores(features: tf.Tensor4D, distance: tf.Tensor3D): tf.Tensor1D {
    const [batch, rows, columns, channels] = features.shape;
    const bank = this.memoryBank;
    return tf.tidy(() => {
      const distances = tf.reshape(distance, [batch, rows * columns]) as tf.Tensor2D;
      const largest = tf.max(distances, 1); // [batch], s*
      const isLargest = tf.oneHot(tf.argMax(distances, 1) as tf.Tensor1D, rows * columns); // [batch, tokens]
      const tokens = tf.reshape(features, [batch, rows * columns, channels]);
      const patch = tf.sum(tf.mul(tokens, tf.expandDims(isLargest, -1)), 1) as tf.Tensor2D; // [batch, channels], m^test,*
      const ofPatch = distancesTo(patch, bank); // [batch, patches]
      const neighbor = tf.gather(bank, tf.argMin(ofPatch, 1) as tf.Tensor1D); // [batch, channels], m*
      let ofNeighbor = distancesTo(neighbor as tf.Tensor2D, bank); // [batch, patches]
      const support: tf.Tensor[] = []; // To the patches around m*, itself the first: N_b(m*)
      for (let i = 0; i < Math.min(this.config.neighbors, bank.shape[0]); i++) {
        const next = tf.oneHot(tf.argMin(ofNeighbor, 1) as tf.Tensor1D, bank.shape[0]) as tf.Tensor2D;
        support.push(tf.sum(tf.mul(ofPatch, next), 1));
        ofNeighbor = tf.add(ofNeighbor, tf.mul(next, FAR));
      }
      const [share] = tf.unstack(tf.softmax(tf.stack(support, 1)), 1); // [batch]
      return tf.mul(tf.sub(1, share!), largest) as tf.Tensor1D;
    });
  }

  loadStateDict(state: StateDict): void {
    this.statistics.loadStateDict(state);
  }

  dispose(): void {
    this.statistics.dispose();
  }
}

/** PatchCore (Roth et al. 2022): a memory bank of patches of good pictures, thinned to a coreset. */
export const patchCore: Method<PatchCoreConfig, PatchCoreModel> = {
  looksAt: 'features',
  learns: 'at once',
  create: (config, channels) => new PatchCoreModel(config, channels),

  async fit(model, source, training, compile, { signal, onProgress } = {}) {
    const { config } = model;
    const generator = new Generator(training.seed).fork('coreset');
    const { ratio, epsilon } = config.coreset;
    const size = bankSize(source.length * source.shape[0] * source.shape[1], ratio);
    const options = { size, epsilon, generator, compile, signal, onProgress };
    model.loadStateDict({ memory_bank: await remember(source, options) });
    return [];
  },
};
