import type * as tf from '@tensorflow/tfjs';
import { neck } from '@uniad/backbones';
import { Generator } from '@uniad/nn';
import type { NamedTensor } from '@uniad/nn';
import type { Compile } from '../../device/device.js';
import { descend } from '../../training/gradient-descent.js';
import type { FitHooks, Trainable } from '../../training/gradient-descent.js';
import type { FeatureSource, PictureSource } from '../../training/feature-source.js';
import { rememberKinds } from '../memory/remember-kinds.js';
import { measurePlaces } from '../places/measure-places.js';
import type { Method } from '../method.js';
import { measureFeatureWhitening } from '../whitening/measure-feature-whitening.js';
import type { ReconstructionConfig } from './config.js';
import { measureResidualWhitening } from './measure-residual-whitening.js';
import { BANKS, ReconstructionModel } from './reconstruction-model.js';
import { sourceOfSquareMeans, tokenSquares } from './square-means.js';

/** UniAD and its baselines: a network that learns to reconstruct features of good pictures (sections 3.2 and B.1). */
export const reconstruction: Method<ReconstructionConfig, ReconstructionModel> = {
  looksAt: 'features',
  learns: 'in epochs',
  create: (config, channels, generator) => new ReconstructionModel(config, channels, generator),

  async fit(model, source, training, compile, hooks = {}) {
    const { backbone, tokenSize } = model.config;
    if (!backbone.frozen) return descend(onPictures(model, source as PictureSource), source, training, compile, hooks);
    const tokens = sourceOfSquareMeans(source, tokenSquares(tokenSize));
    if (!hooks.resume) {
      const { featureWhitening: whitening, groups } = model;
      if (whitening) await measureFeatureWhitening(whitening, tokens, { groups, compile, signal: hooks.signal });
      await rememberTokens(model, source, training.seed, compile, hooks);
      await rememberPlaces(model, tokens, training.seed, compile, hooks);
    }
    const log = await descend(model, tokens, training, compile, hooks);
    await measureResidualWhitening(model, tokens, compile, hooks.signal);
    return log;
  },
};

/** Table A5: the model with its backbone, of pictures `[batch, height, width, 3]`; the gradient goes into the features from both sides. */
function onPictures(model: ReconstructionModel, { maps }: PictureSource): Trainable {
  const { featureSize, neck: options } = model.config;
  return {
    parameters: model.parameters,
    loss: (images, generator) => model.loss(neck(maps(images, true), featureSize, options), generator),
    loadStateDict: (state) => model.loadStateDict(state),
  };
}

/** Before training, which does not change the features: an interrupted training need not choose again. */
async function rememberTokens(
  model: ReconstructionModel,
  source: FeatureSource,
  seed: number,
  compile: Compile,
  { signal, onProgress }: FitHooks,
): Promise<void> {
  const { groups } = model;
  for (const { name, banks, settings, squares } of model.memories) {
    const { ratio, epsilon, whitened } = settings;
    // A part may lie anywhere on the grid: those at every place are to be known, not only those that a picture happens to show.
    const everywhere = sourceOfSquareMeans(source, { ...squares, stride: 1 });
    const state: Record<string, NamedTensor> = {};
    for (const [backbone, channels] of groups.entries()) {
      const bank = BANKS[backbone]!;
      const generator = new Generator(seed).fork(backbone === 0 ? name : `${name} ${bank}`);
      const forward = (tokens: tf.Tensor2D) => model.asRemembered(tokens, whitened)[backbone] as tf.Tensor2D;
      const options = { ratio, epsilon, generator, compile, map: { channels, forward }, signal, onProgress };
      state[bank] = await rememberKinds(everywhere, options);
    }
    banks.loadStateDict(state);
  }
}

async function rememberPlaces(
  model: ReconstructionModel,
  source: FeatureSource,
  seed: number,
  compile: Compile,
  { signal }: FitHooks,
): Promise<void> {
  const { places, config } = model;
  if (!places || !config.places) return;
  const generator = new Generator(seed).fork('places');
  const options = {
    ...config.places,
    generator,
    compile,
    prepare: (tokens: tf.Tensor2D) => model.prepare(tokens),
    signal,
  };
  places.loadStateDict(await measurePlaces(source, options));
}
