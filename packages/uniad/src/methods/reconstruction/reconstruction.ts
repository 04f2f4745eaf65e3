import { descend } from '../../training/gradient-descent.js';
import type { Method } from '../method.js';
import type { ReconstructionConfig } from './config.js';
import { measureFeatureWhitening, measureResidualWhitening } from './measure-whitening.js';
import { ReconstructionModel } from './reconstruction-model.js';

/** UniAD and its baselines: a network that learns to reconstruct features of good pictures (sections 3.2 and B.1). */
export const reconstruction: Method<ReconstructionConfig, ReconstructionModel> = {
  create: (config, channels, generator) => new ReconstructionModel(config, channels, generator),

  async fit(model, source, training, compile, hooks = {}) {
    if (!hooks.resume) await measureFeatureWhitening(model, source, compile, hooks.signal);
    const log = await descend(model, source, training, compile, hooks);
    await measureResidualWhitening(model, source, compile, hooks.signal);
    return log;
  },
};
