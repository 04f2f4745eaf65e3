import { ConfigError } from './errors.js';

/** Height and width, in pixels or in tokens. */
export type Size = readonly [height: number, width: number];

/** Where neighbor masked attention applies, and how large its window is (UniAD, section 3.2). */
export interface NeighborMaskConfig {
  /** The window each token is kept from seeing, in tokens; both sides odd. */
  readonly size: Size;
  readonly encoder: boolean;
  /** The decoder's attention to the encoder embeddings. */
  readonly decoderMemory: boolean;
  /** The decoder's attention to the previous layer's output. */
  readonly decoderPrevious: boolean;
}

/** Describes a model completely: every choice that the paper ablates is a field (UniAD, sections 3.3, 4.6 and C). */
export interface UniADConfig {
  readonly backbone: {
    readonly name: string;
    /** The stages whose feature maps are joined, shallowest first. */
    readonly stages: readonly number[];
    /** Table A5; only a frozen backbone is built. */
    readonly frozen: boolean;
  };
  /** Pictures are resized to this many pixels. */
  readonly imageSize: Size;
  /** Feature maps are resized to this many tokens. */
  readonly featureSize: Size;
  /** Whether the features are whitened first, by their covariance over the training pictures; not in the paper, trains many times faster. */
  readonly whiten: boolean;
  /** The reconstruction network (section 3.1); only the transformer is built. */
  readonly reconstruction: 'transformer' | 'mlp' | 'cnn';
  /** Channels of a token inside the transformer. */
  readonly hiddenDim: number;
  readonly heads: number;
  readonly feedForwardDim: number;
  readonly encoderLayers: number;
  readonly decoderLayers: number;
  readonly dropout: number;
  readonly norm: 'post' | 'pre';
  readonly positionEmbedding: 'learned' | 'sine';
  /** Query embeddings (table A2); only one in each decoder layer is built. */
  readonly queries: 'layer-wise' | 'one' | 'none';
  /** How a decoder layer wires query, encoder embedding and previous output (figure A1); only (a) is built. */
  readonly decoderDesign: 'a' | 'b' | 'c' | 'd' | 'e' | 'f';
  /** `null` for full attention. */
  readonly neighborMask: NeighborMaskConfig | null;
  /** Noise on the features while training (equation 3): deviation `scale` times the token's norm over its channels. */
  readonly jitter: { readonly scale: number; readonly probability: number };
  /** Equations 4 and A1 to A3; the anomaly map follows it. */
  readonly loss: 'mse' | 'normalized-mse' | 'cosine';
  /**
   * How far a token is from its reconstruction: by the length of the difference (equation 5), or by its Mahalanobis distance,
   * whose covariance is measured on the training pictures; the latter is not in the paper, finds far more in models trained
   * briefly, and goes with the `mse` loss alone.
   */
  readonly distance: 'euclidean' | 'mahalanobis';
  /** How a map becomes the score of the picture: its average-pooled maximum (MVTec-AD) or its mean (CIFAR-10). */
  readonly imageScore: 'max' | 'mean';
}

/** The paper's model for MVTec-AD (section 4.2). */
export const defaultConfig: UniADConfig = {
  backbone: { name: 'efficientnet_b4', stages: [1, 2, 3, 4], frozen: true },
  imageSize: [224, 224],
  featureSize: [14, 14],
  whiten: false,
  reconstruction: 'transformer',
  hiddenDim: 256,
  heads: 8,
  feedForwardDim: 1024,
  encoderLayers: 4,
  decoderLayers: 4,
  dropout: 0.1,
  norm: 'post',
  positionEmbedding: 'learned',
  queries: 'layer-wise',
  decoderDesign: 'a',
  neighborMask: { size: [7, 7], encoder: true, decoderMemory: true, decoderPrevious: true },
  jitter: { scale: 20, probability: 1 },
  loss: 'mse',
  distance: 'euclidean',
  imageScore: 'max',
};

/** Any part of a configuration; what is left out keeps its default. */
export type ConfigOverrides = {
  readonly [Key in keyof UniADConfig]?: UniADConfig[Key] extends object | null
    ? UniADConfig[Key] extends Size
      ? Size
      : Partial<UniADConfig[Key]> | Extract<UniADConfig[Key], null>
    : UniADConfig[Key];
};

type Check = (value: unknown) => string | undefined;

const expected =
  (what: string, holds: (value: unknown) => boolean): Check =>
  (value) =>
    holds(value) ? undefined : what;
const isInteger = (value: unknown): value is number => Number.isInteger(value);
const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);
const positiveInteger = expected('a positive whole number', (v) => isInteger(v) && v > 0);
const fraction = expected('a number from 0 to 1', (v) => isNumber(v) && v >= 0 && v <= 1);
const boolean = expected('true or false', (v) => typeof v === 'boolean');
const size = expected(
  'two positive whole numbers, height and width',
  (v) => Array.isArray(v) && v.length === 2 && v.every((x) => isInteger(x) && x > 0),
);

/** One of `built`; a value in `planned` is known to the paper but refused by name. */
function oneOf(built: readonly unknown[], planned: readonly unknown[] = []): Check {
  const list = built.map((value) => JSON.stringify(value)).join(' or ');
  return (value) =>
    built.includes(value)
      ? undefined
      : planned.includes(value)
        ? `${list} (the paper's ${JSON.stringify(value)} is not built yet)`
        : list;
}

interface Checks {
  readonly [key: string]: Check | Checks;
}

const checks: Checks = {
  backbone: {
    name: expected('the name of a backbone', (v) => typeof v === 'string' && v !== ''),
    stages: expected(
      'stages in rising order, such as [1, 2, 3, 4]',
      (v) =>
        Array.isArray(v) && v.length > 0 && v.every((s, i) => isInteger(s) && s > (i > 0 ? (v[i - 1] as number) : 0)),
    ),
    frozen: oneOf([true], [false]),
  },
  imageSize: size,
  featureSize: size,
  whiten: boolean,
  reconstruction: oneOf(['transformer'], ['mlp', 'cnn']),
  hiddenDim: expected('an even number', (v) => isInteger(v) && v > 0 && v % 2 === 0),
  heads: positiveInteger,
  feedForwardDim: positiveInteger,
  encoderLayers: positiveInteger,
  decoderLayers: positiveInteger,
  dropout: expected('a number from 0 to below 1', (v) => isNumber(v) && v >= 0 && v < 1),
  norm: oneOf(['post', 'pre']),
  positionEmbedding: oneOf(['learned', 'sine']),
  queries: oneOf(['layer-wise'], ['one', 'none']),
  decoderDesign: oneOf(['a'], ['b', 'c', 'd', 'e', 'f']),
  neighborMask: {
    size: expected(
      'two odd numbers, height and width',
      (v) => Array.isArray(v) && v.length === 2 && v.every((x) => isInteger(x) && x > 0 && x % 2 === 1),
    ),
    encoder: boolean,
    decoderMemory: boolean,
    decoderPrevious: boolean,
  },
  jitter: { scale: expected('a number of at least 0', (v) => isNumber(v) && v >= 0), probability: fraction },
  loss: oneOf(['mse', 'normalized-mse', 'cosine']),
  distance: oneOf(['euclidean', 'mahalanobis']),
  imageScore: oneOf(['max', 'mean']),
};

/**
 * The default configuration with `overrides` in place.
 *
 * @throws ConfigError naming an unknown field, or a value that cannot be or is not built yet
 */
export function resolveConfig(overrides: ConfigOverrides = {}): UniADConfig {
  const config = merge(defaultConfig, overrides, checks, '') as UniADConfig;
  if (config.hiddenDim % config.heads !== 0) {
    throw new ConfigError(
      `Expected hiddenDim to be a multiple of heads (${config.heads}) but received ${config.hiddenDim}`,
    );
  }
  if (config.distance === 'mahalanobis' && config.loss !== 'mse') {
    throw new ConfigError(
      `Expected the loss "mse" with the distance "mahalanobis" but received ${JSON.stringify(config.loss)}`,
    );
  }
  return config;
}

function merge(defaults: object, overrides: unknown, checks: Checks, path: string): object {
  if (typeof overrides !== 'object' || overrides === null || Array.isArray(overrides)) {
    throw new ConfigError(
      `Expected an object for ${path || 'the configuration'} but received ${JSON.stringify(overrides)}`,
    );
  }
  const merged: Record<string, unknown> = { ...defaults };
  for (const [key, value] of Object.entries(overrides)) {
    const name = path + key;
    const check = Object.hasOwn(checks, key) ? checks[key] : undefined;
    if (check === undefined) {
      throw new ConfigError(
        `Expected one of ${Object.keys(checks).join(', ')} in ${path || 'the configuration'} but received ${JSON.stringify(key)}`,
      );
    }
    if (value === undefined || (value === null && key === 'neighborMask')) {
      if (value === null) merged[key] = null;
    } else if (typeof check === 'function') {
      const wanted = check(value);
      if (wanted !== undefined)
        throw new ConfigError(`Expected ${wanted} for ${name} but received ${JSON.stringify(value)}`);
      merged[key] = value;
    } else {
      merged[key] = merge((defaults as Record<string, object>)[key] ?? {}, value, check, `${name}.`);
    }
  }
  return merged;
}
