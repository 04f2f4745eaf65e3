import * as v from 'valibot';
import { ConfigError } from '../errors.js';
import { belowOne, notNegative, oneOf, validate, whole } from '../validate.js';

const schema = v.object({
  epochs: whole(1),
  batchSize: whole(1),
  /** At its highest. */
  learningRate: notNegative,
  /** `step`: times 0.1 after 80 % of the epochs, as in the paper. `cosine`: down to 0 along half a cosine. */
  schedule: oneOf('step', 'cosine'),
  /** Share of the training in which the rate rises from 0 first, from 0 to below 1. */
  warmUp: belowOne,
  weightDecay: notNegative,
  /** Gradients are scaled down to this global norm. */
  clipNorm: notNegative,
  /** Everything random follows from it. */
  seed: whole(0),
});

/** How a model is trained; the defaults are the paper's for MVTec-AD (section 4.2) but for the batch of one of its 8 GPUs. */
export type TrainingOptions = Readonly<v.InferOutput<typeof schema>>;

/** Any of the {@link TrainingOptions}; what is left out keeps its default. */
export type TrainingOverrides = { readonly [Key in keyof TrainingOptions]?: TrainingOptions[Key] | undefined };

/** The training of the paper for MVTec-AD (section 4.2), with the batch of one of its 8 GPUs. */
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

/**
 * The defaults with `overrides` in place.
 *
 * @throws ConfigError naming an unknown field or a value out of range
 */
export function resolveTraining(overrides: TrainingOverrides = {}): TrainingOptions {
  const given = Object.entries(overrides).filter(([, value]) => value !== undefined);
  const options = { ...defaultTraining, ...Object.fromEntries(given) };
  return validate(schema, options, 'the training options', (message) => new ConfigError(message));
}
