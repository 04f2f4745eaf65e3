import type * as tf from '@tensorflow/tfjs';
import type { Generator, Parameters, StateDict } from '@uniad/nn';
import type { ModelConfig } from '../config.js';
import type { Compile } from '../device/device.js';
import type { FeatureSource } from '../training/feature-source.js';
import type { EpochLog, FitHooks } from '../training/gradient-descent.js';
import type { TrainingOptions } from '../training/training-options.js';

/** What a method that looks at pictures sees beside their features. */
export interface Pictures {
  /** `[batch, height, width, 3]`, normalised. */
  readonly images: tf.Tensor4D;
  /** What the stages of the backbone make of them, `[batch, height / stride, width / stride, channels]` each, before the neck. */
  readonly maps: readonly tf.Tensor4D[];
}

/** What a method makes of features: for each token, how far from normal it is. */
export interface AnomalyModel {
  readonly config: ModelConfig;
  /** Of the features. */
  readonly channels: number;
  /** What is trained, and in buffers what was measured; all of it is saved. */
  readonly parameters: Parameters;
  /**
   * `[batch, rows, columns, channels]` features to `[batch, rows, columns]` distances, op by op, as part of a larger graph.
   *
   * @param pictures what the features are of, which methods that look at pictures need
   */
  distance(features: tf.Tensor4D, pictures?: Pictures): tf.Tensor3D;
  /**
   * How anomalous whole pictures are, `[batch]`, where the configuration's `imageScore` is no function of the map alone.
   *
   * @param features as {@link distance} takes them
   * @param distance what it made of them
   */
  scores?(features: tf.Tensor4D, distance: tf.Tensor3D): tf.Tensor1D;
  /** @throws StateDictError listing what is missing, unexpected or misshapen; nothing is loaded then */
  loadStateDict(state: StateDict): void;
  /** Frees its parameters. */
  dispose(): void;
}

/** A way to learn what is normal: UniAD, its baselines, and whatever they are compared with. */
export interface Method<
  Config extends ModelConfig = ModelConfig,
  Model extends AnomalyModel = AnomalyModel,
  Source extends FeatureSource = FeatureSource,
> {
  /** What it learns from and judges by: features that are kept, or pictures anew each time. */
  readonly looksAt: 'features' | 'pictures';
  /** By gradients, epoch after epoch, or in closed form. */
  readonly learns: 'in epochs' | 'at once';
  /**
   * A model that has learned nothing yet.
   *
   * @param generator draws the initial parameters
   */
  create(config: Config, channels: number, generator: Generator): Model;
  /**
   * Learns from good pictures or their features, by gradients or in closed form.
   *
   * @returns what each epoch came to; empty where there are none
   * @throws RunError when the loss is no longer a number; the signal's reason when it is aborted
   */
  fit(
    model: Model,
    source: Source,
    training: TrainingOptions,
    compile: Compile,
    hooks?: FitHooks,
  ): Promise<readonly EpochLog[]>;
}
