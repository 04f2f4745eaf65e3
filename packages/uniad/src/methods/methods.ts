import type { Generator } from '@uniad/nn';
import type { MethodName, ModelConfig } from '../config.js';
import type { Compile } from '../device/device.js';
import type { FeatureSource } from '../training/feature-source.js';
import type { EpochLog, FitHooks } from '../training/gradient-descent.js';
import type { TrainingOptions } from '../training/training-options.js';
import type { AnomalyModel, Method } from './method.js';
import { cutPaste } from './cutpaste/cutpaste.js';
import { draem } from './draem/draem.js';
import { mkd } from './mkd/mkd.js';
import { nearest } from './nearest/nearest.js';
import { padim } from './padim/padim.js';
import { patchCore } from './patchcore/patchcore.js';
import { reconstruction } from './reconstruction/reconstruction.js';

/** Every method; its configuration stands in `config.ts`. */
const methods = {
  reconstruction,
  patchcore: patchCore,
  padim,
  nearest,
  mkd,
  draem,
  cutpaste: cutPaste,
} as const satisfies Record<MethodName, unknown>;

const methodOf = ({ method }: Pick<ModelConfig, 'method'>) => methods[method] as unknown as Method;

/** Whether features that were kept are not enough: the method looks at pictures, or the backbone is trained along. */
export function needsPictures({ method, backbone }: Pick<ModelConfig, 'method' | 'backbone'>): boolean {
  return !backbone.frozen || methodOf({ method }).looksAt === 'pictures';
}

/** Whether the method learns epoch after epoch. */
export function learnsInEpochs(config: Pick<ModelConfig, 'method'>): boolean {
  return methodOf(config).learns === 'in epochs';
}

/**
 * A new model.
 *
 * @param channels of the features it is to see
 * @param generator draws the initial parameters
 */
export function createModel(config: ModelConfig, channels: number, generator: Generator): AnomalyModel {
  return methodOf(config).create(config, channels, generator);
}

/** Has a model learn from good pictures or their features; see {@link Method.fit}. */
export function fit(
  model: AnomalyModel,
  source: FeatureSource,
  training: TrainingOptions,
  compile: Compile,
  hooks: FitHooks = {},
): Promise<readonly EpochLog[]> {
  return methodOf(model.config).fit(model, source, training, compile, hooks);
}
