import type { Generator } from '@uniad/nn';
import type { MethodName, ModelConfig } from '../config.js';
import type { Compile } from '../device/device.js';
import type { FeatureSource } from '../training/feature-source.js';
import type { EpochLog, FitHooks } from '../training/gradient-descent.js';
import type { TrainingOptions } from '../training/training-options.js';
import type { AnomalyModel, Method } from './method.js';
import { nearest } from './nearest/nearest.js';
import { padim } from './padim/padim.js';
import { patchCore } from './patchcore/patchcore.js';
import { reconstruction } from './reconstruction/reconstruction.js';

/** Every method; its configuration stands in `config.ts`. */
const methods = { reconstruction, patchcore: patchCore, padim, nearest } as const satisfies Record<MethodName, unknown>;

const methodOf = ({ method }: ModelConfig) => methods[method] as unknown as Method;

/**
 * A new model.
 *
 * @param channels of the features it is to see
 * @param generator draws the initial parameters
 */
export function createModel(config: ModelConfig, channels: number, generator: Generator): AnomalyModel {
  return methodOf(config).create(config, channels, generator);
}

/** Has a model learn from features of good pictures; see {@link Method.fit}. */
export function fit(
  model: AnomalyModel,
  source: FeatureSource,
  training: TrainingOptions,
  compile: Compile,
  hooks: FitHooks = {},
): Promise<readonly EpochLog[]> {
  return methodOf(model.config).fit(model, source, training, compile, hooks);
}
