import { ConfigError } from '../errors.js';

/** How a model is trained; the defaults are the paper's for MVTec-AD (section 4.2) but for the batch of one of its 8 GPUs. */
export interface TrainingOptions {
  readonly epochs: number;
  readonly batchSize: number;
  /** Multiplied by 0.1 after 80 % of the epochs. */
  readonly learningRate: number;
  readonly weightDecay: number;
  /** Gradients are scaled down to this global norm. */
  readonly clipNorm: number;
  /** Everything random follows from it. */
  readonly seed: number;
}

export const defaultTraining: TrainingOptions = {
  epochs: 1000,
  batchSize: 8,
  learningRate: 1e-4,
  weightDecay: 1e-4,
  clipNorm: 0.1,
  seed: 0,
};

/**
 * The defaults with `overrides` in place.
 *
 * @throws ConfigError naming an unknown field or a value out of range
 */
export function resolveTraining(overrides: Partial<TrainingOptions> = {}): TrainingOptions {
  const options = { ...defaultTraining };
  for (const [key, value] of Object.entries(overrides)) {
    if (!Object.hasOwn(defaultTraining, key)) {
      throw new ConfigError(`Expected one of ${Object.keys(defaultTraining).join(', ')} among the training options but received ${JSON.stringify(key)}`);
    }
    const whole = key === 'epochs' || key === 'batchSize' || key === 'seed';
    const least = key === 'epochs' || key === 'batchSize' ? 1 : 0;
    if (value === undefined) continue;
    if (!(whole ? Number.isSafeInteger(value) : Number.isFinite(value)) || value < least) {
      throw new ConfigError(`Expected a ${whole ? 'whole ' : ''}number of at least ${least} for ${key} but received ${value}`);
    }
    Object.assign(options, { [key]: value });
  }
  return options;
}
