import type { Sample } from '@uniad/datasets';
import { Generator } from '@uniad/nn';
import type { StateDict } from '@uniad/nn';
import type { ModelConfig } from '../config.js';
import type { Compile } from '../device/device.js';
import { createModel, fit, needsPictures } from '../methods/methods.js';
import type { PictureSource } from '../training/feature-source.js';
import type { EpochLog, FitHooks } from '../training/gradient-descent.js';
import type { TrainingOptions } from '../training/training-options.js';
import { FeatureExtractor } from './feature-extractor.js';
import { decodeOptions } from './feature-store.js';
import type { FeatureStore } from './feature-store.js';
import { prepareImage } from './input-settings.js';
import type { InputSettings } from './input-settings.js';
import { addBackbone, splitState } from './trained-backbone.js';

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
  if (!needsPictures(options.config)) return onFeatures(options);
  return options.config.backbone.frozen ? onPictures(options) : withBackbone(options);
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
  const source = picturesOf(options, (images) => extractor.maps(images));
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

function withBackbone(options: LearnerOptions): Learner {
  const { config, training, weights, store, compile } = options;
  const model = createModel(config, store.shape[2], new Generator(training.seed).fork('parameters'));
  const backbone = addBackbone(model, weights);
  const source = picturesOf(options, (images, training) => backbone.forward(images, training));
  return {
    fit: (hooks) => fit(model, source, training, compile, hooks),
    state: async () => splitState(await model.parameters.stateDict()),
    dispose: () => model.dispose(),
  };
}

function picturesOf({ config, input, samples }: LearnerOptions, maps: PictureSource['maps']): PictureSource {
  return {
    maps,
    length: samples.length,
    shape: [...config.imageSize, 3],
    kinds: samples.map(({ category }) => category),
    read: async (index) => {
      return prepareImage(await samples[index]!.picture(decodeOptions(input)), config.imageSize, input);
    },
  };
}
