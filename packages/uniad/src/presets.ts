import type { ConfigOverrides } from './config.js';
import type { TrainingOverrides } from './training/training-options.js';

/** A whole recipe: a model and a way to train it that go together; what is left out is the paper's. */
export interface Preset {
  readonly config: ConfigOverrides;
  /** What is otherwise with another backbone than the one that `config` names. */
  readonly otherBackbones?: ConfigOverrides;
  readonly training: TrainingOverrides;
  /** Share of the good pictures that sets the threshold instead of training. */
  readonly holdOut: number;
}

/** Needs no download; its stages of strides 8 and 16. */
const inTheBox = { name: 'uniad_tiny', stages: [3, 4] } as const;

/**
 * Minutes on a laptop: a smaller pre-norm model of whitened, averaged features of strides 8 and 16, small batches, a high rate with
 * warm-up and cosine decay, and beside it memories of good tokens and of patches of 3x3 tokens, and what good tokens do at each place.
 */
const fast = {
  config: {
    backbone: inTheBox,
    neck: { resize: 'average' },
    tokenSize: 2,
    whiten: true,
    distance: 'mahalanobis',
    hiddenDim: 128,
    feedForwardDim: 512,
    encoderLayers: 2,
    decoderLayers: 2,
    dropout: 0,
    norm: 'pre',
    jitter: { scale: 3 },
    memory: { ratio: 0.1, epsilon: 0.9 },
    patches: { ratio: 0.1, epsilon: 0.9, size: 3 },
    places: { rank: 16 },
    imageScore: 'max-pixel',
  },
  // Measured: larger networks find more by the mean of 3x3 cells, and by memories of features as they are; `uniad_tiny` less.
  otherBackbones: { neck: { patchSize: 3 }, memory: { whitened: false }, patches: { whitened: false } },
  training: { epochs: 20, batchSize: 2, learningRate: 2e-3, schedule: 'cosine', warmUp: 0.1 },
  holdOut: 0.2, // Thresholds by kind rest on these.
} as const satisfies Preset;

/** The recipes by name. */
export const presets = {
  /** As the paper trains for MVTec-AD (section 4.2), for those who have the hours. */
  paper: { config: { backbone: { name: 'efficientnet_b4' } }, training: {}, holdOut: 0 },
  /** About two minutes for 300 pictures on 2 cores. */
  fast,
  /**
   * The same, twice as long, and of two backbones, which find more than either: beside the one in the box stands itself, by the mean of
   * 3x3 cells, and beside a larger one that in the box, which was trained differently.
   */
  thorough: {
    ...fast,
    config: { ...fast.config, beside: { ...inTheBox, patchSize: 3 } },
    otherBackbones: { ...fast.otherBackbones, beside: { ...inTheBox, patchSize: 1 } },
    training: { ...fast.training, epochs: 40 },
  },
  /** The nearest of remembered patches (Roth et al. 2022). */
  patchcore: {
    config: { method: 'patchcore', backbone: { name: 'uniad_tiny' } },
    training: {},
    holdOut: 0.1,
  },
  /** A Gaussian each place (Defard et al. 2021). */
  padim: {
    config: { method: 'padim', backbone: { name: 'uniad_tiny' }, featureSize: [28, 28] },
    training: {},
    holdOut: 0.1,
  },
  /** The nearest of all tokens, with no training: what the others have to beat. */
  nearest: {
    config: { method: 'nearest', backbone: { name: 'uniad_tiny' } },
    training: {},
    holdOut: 0.1,
  },
  /** A student that imitates the backbone on good pictures alone (Salehi et al. 2021). */
  mkd: {
    config: { method: 'mkd', backbone: { name: 'uniad_tiny' }, imageScore: 'max-pixel' },
    training: { epochs: 12, learningRate: 3e-3, schedule: 'cosine', clipNorm: 1 },
    holdOut: 0.1,
  },
  /** Simulated anomalies, reconstructed and told apart (Zavrtanik et al. 2021) by networks an eighth as wide as theirs. */
  draem: {
    config: {
      method: 'draem',
      backbone: { name: 'uniad_tiny' },
      imageSize: [224, 224],
      widths: { reconstructive: 16, discriminative: 8 },
    },
    training: { epochs: 40, learningRate: 1e-3, clipNorm: 1 },
    holdOut: 0.1,
  },
  /** A backbone that learns what was pasted on pictures, and a Gaussian of what it makes of good ones (Li et al. 2021). */
  cutpaste: {
    config: { method: 'cutpaste', backbone: { name: 'uniad_tiny' } },
    training: { epochs: 20, learningRate: 1e-3, schedule: 'cosine', clipNorm: 1 },
    holdOut: 0.1,
  },
} as const satisfies Record<string, Preset>;

/** The recipes by name. */
export type PresetName = keyof typeof presets;
