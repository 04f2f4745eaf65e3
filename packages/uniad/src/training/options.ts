import { ConfigError } from '../errors.js';

/** How a model is trained; the defaults are the paper's for MVTec-AD (section 4.2) but for the batch of one of its 8 GPUs. */
export interface TrainingOptions {
  readonly epochs: number;
  readonly batchSize: number;
  /** At its highest. */
  readonly learningRate: number;
  /** `step`: times 0.1 after 80 % of the epochs, as in the paper. `cosine`: down to 0 along half a cosine. */
  readonly schedule: 'step' | 'cosine';
  /** Share of the training in which the rate rises from 0 first, from 0 to below 1. */
  readonly warmUp: number;
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
  schedule: 'step',
  warmUp: 0,
  weightDecay: 1e-4,
  clipNorm: 0.1,
  seed: 0,
};

type Check = readonly [wanted: string, holds: (value: unknown) => boolean];

const whole = (least: number): Check => [
  `a whole number of at least ${least}`,
  (value) => Number.isSafeInteger(value) && (value as number) >= least,
];
const number: Check = ['a number of at least 0', (value) => Number.isFinite(value) && (value as number) >= 0];

const checks: Readonly<Record<keyof TrainingOptions, Check>> = {
  epochs: whole(1),
  batchSize: whole(1),
  learningRate: number,
  schedule: ['"step" or "cosine"', (value) => value === 'step' || value === 'cosine'],
  warmUp: [
    'a number from 0 to below 1',
    (value) => Number.isFinite(value) && (value as number) >= 0 && (value as number) < 1,
  ],
  weightDecay: number,
  clipNorm: number,
  seed: whole(0),
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
      throw new ConfigError(
        `Expected one of ${Object.keys(defaultTraining).join(', ')} among the training options but received ${JSON.stringify(key)}`,
      );
    }
    if (value === undefined) continue;
    const [wanted, holds] = checks[key as keyof TrainingOptions];
    if (!holds(value))
      throw new ConfigError(
        `Expected ${wanted} for ${key} but received ${typeof value === 'number' ? value : JSON.stringify(value)}`,
      );
    Object.assign(options, { [key]: value });
  }
  return options;
}
