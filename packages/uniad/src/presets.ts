import type { ConfigOverrides } from './config.js';
import type { TrainingOptions } from './training/options.js';

/** A model and a way to train it that go together; what is left out is the paper's. */
export interface Preset {
  readonly config: ConfigOverrides;
  readonly training: Partial<TrainingOptions>;
}

/** What `uniad train --preset` knows by name. */
export const presets = {
  /** As the paper trains for MVTec-AD (section 4.2), for those who have the hours. */
  paper: { config: {}, training: {} },
  /** Minutes on a laptop: a smaller pre-norm model of whitened features, small batches, a high rate with warm-up and cosine decay. */
  fast: {
    config: {
      whiten: true,
      distance: 'mahalanobis',
      hiddenDim: 128,
      feedForwardDim: 512,
      encoderLayers: 2,
      decoderLayers: 2,
      dropout: 0,
      norm: 'pre',
      jitter: { scale: 3 },
    },
    training: { epochs: 12, batchSize: 2, learningRate: 2e-3, schedule: 'cosine', warmUp: 0.1 },
  },
} as const satisfies Record<string, Preset>;

export type PresetName = keyof typeof presets;
