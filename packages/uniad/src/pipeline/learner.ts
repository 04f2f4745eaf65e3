import type * as tf from '@tensorflow/tfjs';
import type { Sample } from '@uniad/datasets';
import { Generator } from '@uniad/nn';
import type { StateDict } from '@uniad/nn';
import type { ModelConfig } from '../config.js';
import type { Compile } from '../device/device.js';
import { createModel, fit, needsPictures } from '../methods/methods.js';
import type { ReconstructionConfig } from '../methods/reconstruction/config.js';
import { ReconstructionModel } from '../methods/reconstruction/reconstruction-model.js';
import type { FeatureSource } from '../training/feature-source.js';
import { descend } from '../training/gradient-descent.js';
import type { EpochLog, FitHooks } from '../training/gradient-descent.js';
import type { TrainingOptions } from '../training/training-options.js';
import { EndToEnd, splitState } from './end-to-end.js';
import { FeatureExtractor } from './feature-extractor.js';
import { decodeOptions } from './feature-store.js';
import type { FeatureStore } from './feature-store.js';
import { prepareImage } from './input-settings.js';
import type { InputSettings } from './input-settings.js';

/** What learns in a training. */
export interface Learner {
  fit(hooks: FitHooks): Promise<readonly EpochLog[]>;
  /** What was learned so far, as a model keeps it. */
  state(): Promise<{ readonly parameters: StateDict; readonly backbone: StateDict }>;
  dispose(): void;
}

export interface LearnerOptions {
  readonly config: ModelConfig;
  readonly input: InputSettings;
  readonly training: TrainingOptions;
  /** Pictures to learn from. */
  readonly samples: readonly Sample[];
  /** Of the backbone: fixed, or where it starts. */
  readonly weights: StateDict;
  /** Holds the features of the pictures where the backbone is frozen. */
  readonly store: FeatureStore;
  readonly compile: Compile;
}

/** A model that learns from features, from pictures, or with its backbone from pictures (table A5). */
export function createLearner(options: LearnerOptions): Learner {
  const { config } = options;
  if (!needsPictures(config)) return onFeatures(options);
  // Other methods refuse a backbone that is to be trained.
  return config.method === 'reconstruction' ? withBackbone(config, options) : onPictures(options);
}

function onFeatures({ config, training, samples, weights, store, compile }: LearnerOptions): Learner {
  const source = {
    length: samples.length,
    shape: store.shape,
    kinds: samples.map(({ category }) => category),
    read: (index: number) => store.read(samples[index]!),
  };
  const model = createModel(config, store.shape[2], new Generator(training.seed).fork('parameters'));
  return {
    fit: (hooks) => fit(model, source, training, compile, hooks),
    state: async () => ({ parameters: await model.parameters.stateDict(), backbone: weights }),
    dispose: () => model.dispose(),
  };
}

function onPictures(options: LearnerOptions): Learner {
  const { config, training, weights, store, compile } = options;
  const extractor = new FeatureExtractor(config, weights, compile);
  const source = { ...picturesOf(options), maps: (images: tf.Tensor4D) => extractor.maps(images) };
  const model = createModel(config, store.shape[2], new Generator(training.seed).fork('parameters'));
  return {
    fit: (hooks) => fit(model, source, training, compile, hooks),
    state: async () => ({ parameters: await model.parameters.stateDict(), backbone: weights }),
    dispose: () => {
      model.dispose();
      extractor.dispose();
    },
  };
}

function withBackbone(config: ReconstructionConfig, options: LearnerOptions): Learner {
  const { training, weights, store, compile } = options;
  const model = new ReconstructionModel(config, store.shape[2], new Generator(training.seed).fork('parameters'));
  const both = new EndToEnd(model, weights);
  return {
    fit: (hooks) => descend(both, picturesOf(options), training, compile, hooks),
    state: async () => splitState(await model.parameters.stateDict()),
    dispose: () => model.dispose(),
  };
}

function picturesOf({ config, input, samples }: LearnerOptions): FeatureSource {
  return {
    length: samples.length,
    shape: [...config.imageSize, 3],
    kinds: samples.map(({ category }) => category),
    read: async (index) => {
      return prepareImage(await samples[index]!.picture(decodeOptions(input)), config.imageSize, input);
    },
  };
}
