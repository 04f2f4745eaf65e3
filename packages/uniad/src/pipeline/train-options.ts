import { defaultCache } from '@uniad/datasets';
import type { Dataset } from '@uniad/datasets';
import type { StateDict } from '@uniad/nn';
import * as v from 'valibot';
import type { ConfigOverrides, ModelConfig } from '../config.js';
import { deviceNames } from '../device/device.js';
import type { DeviceName } from '../device/device.js';
import { ConfigError } from '../errors.js';
import { learnsInEpochs, needsPictures } from '../methods/methods.js';
import { configOf, trainingOf } from '../preset-settings.js';
import { presets } from '../presets.js';
import type { Preset, PresetName } from '../presets.js';
import type { TrainingOptions, TrainingOverrides } from '../training/training-options.js';
import { belowOne, flag, oneOf, that, validate, whole } from '../validate.js';
import type { Unreadable } from './check-data.js';
import type { TrainEvent } from './train-events.js';

/** What {@link train} takes; everything but `data` and `out` has a default. */
export interface TrainOptions {
  /** The pictures: a folder, several that are joined into one data set, or a data set that was opened before. */
  readonly data: string | readonly string[] | Dataset;
  /** Where the model and its checkpoint are written. */
  readonly out: string;
  /** The recipe that the other options change: `fast` (the default), or `paper` and its hours. */
  readonly preset?: PresetName | undefined;
  /** In place of the preset's. */
  readonly config?: ConfigOverrides | undefined;
  /** In place of the preset's. */
  readonly training?: TrainingOverrides | undefined;
  /** Of the backbone: tensors, a file, or a folder; without them those in the box, or downloaded once. */
  readonly weights?: StateDict | string | undefined;
  /** Learn from the first so many good pictures of each category, by name; the others set the threshold. */
  readonly trainPerCategory?: number | undefined;
  /** Share of the good pictures that sets the threshold instead of training, in place of the preset's. */
  readonly holdOut?: number | undefined;
  /**
   * Hold nothing out: learn from all good pictures, and set the thresholds by scores of models that learned all but one of so many parts
   * (cross-fitting), at least 2; 0 for never. By default where the preset would hold out fewer of a kind than a threshold can rest on.
   */
  readonly crossFit?: number | undefined;
  /**
   * Pictures, good and anomalous, that choose the thresholds by the best F1 score, in place of a share of false alarms: those of a folder,
   * held-out good ones with anomalies pasted on them (`synthetic`), or the test pictures, whose figures are then too good.
   */
  readonly validation?: 'test' | 'synthetic' | { readonly folder: string } | undefined;
  /** A picture that cannot be read ends the training (`refuse`, the default) or is left out (`skip`). */
  readonly unreadable?: Unreadable | undefined;
  readonly device?: DeviceName | 'auto' | undefined;
  /** Go on from the checkpoint in `out`. */
  readonly resume?: boolean | undefined;
  /** Start anew though `out` holds a run; its model stays until the new one is whole. */
  readonly force?: boolean | undefined;
  /** Epochs between checkpoints. */
  readonly checkpointEvery?: number | undefined;
  /** Where features are kept; runs share it. */
  readonly cache?: string | undefined;
  /** Epochs between evaluations on the test pictures, for curves; they never choose a model. */
  readonly evaluateEvery?: number | undefined;
  /** Write each epoch's figures to an event file in `out` too, which TensorBoard shows while it grows. */
  readonly tensorboard?: boolean | undefined;
  /** Told of all that happens. */
  readonly onEvent?: ((event: TrainEvent) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** {@link TrainOptions}, resolved and checked. */
export interface TrainPlan {
  readonly out: string;
  readonly config: ModelConfig;
  readonly training: TrainingOptions;
  readonly weights: StateDict | string | undefined;
  readonly trainPerCategory: number | undefined;
  readonly holdOut: number;
  /** Undefined: where too few would be held out. */
  readonly crossFit: number | undefined;
  readonly validation: TrainOptions['validation'];
  readonly unreadable: Unreadable;
  readonly device: DeviceName | 'auto';
  readonly resume: boolean;
  readonly force: boolean;
  readonly checkpointEvery: number;
  readonly evaluateEvery: number | undefined;
  readonly tensorboard: boolean;
  readonly cache: string;
  readonly onEvent: (event: TrainEvent) => void;
  readonly signal: AbortSignal | undefined;
}

const anything = that<never>('a value', () => true);
const isText = (value: unknown) => typeof value === 'string' && value !== '';
const text = that<string>('a path', isText);
const isObject = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value);

const deviceName = oneOf('auto', ...deviceNames);

const schema = v.object({
  data: that(
    'a path, a list of paths or a data set',
    (value) => isText(value) || isObject(value) || (Array.isArray(value) && value.length > 0 && value.every(isText)),
  ),
  out: text,
  preset: v.optional(oneOf(...(Object.keys(presets) as [PresetName, ...PresetName[]]))),
  config: v.optional(that('an object', isObject)),
  training: v.optional(that('an object', isObject)),
  weights: v.optional(that('tensors or a path', (value) => isText(value) || isObject(value))),
  trainPerCategory: v.optional(whole(1)),
  holdOut: v.optional(belowOne),
  crossFit: v.optional(
    that<number>('0 or a whole number of at least 2', (n) => n === 0 || (Number.isInteger(n) && (n as number) > 1)),
  ),
  validation: v.optional(
    that<NonNullable<TrainOptions['validation']>>(
      '"test", "synthetic" or { folder }',
      (value) =>
        value === 'test' ||
        value === 'synthetic' ||
        (isObject(value) && isText((value as { folder?: unknown }).folder)),
    ),
  ),
  unreadable: v.optional(oneOf('refuse', 'skip')),
  device: v.optional(deviceName),
  resume: v.optional(flag),
  force: v.optional(flag),
  checkpointEvery: v.optional(whole(1)),
  evaluateEvery: v.optional(whole(1)),
  tensorboard: v.optional(flag),
  cache: v.optional(text),
  onEvent: v.optional(anything),
  signal: v.optional(anything),
});

/**
 * Everything that can be refused before anything slow starts, is refused here.
 *
 * @throws ConfigError naming an unknown option, or a value that cannot be
 */
export function resolveTrainOptions(options: TrainOptions): TrainPlan {
  validate(schema, options, 'the options of train', (message) => new ConfigError(message));
  const preset: Preset = presets[options.preset ?? 'fast'];
  const { resume = false, force = false, tensorboard = false } = options;
  if (resume && force) throw new ConfigError('Expected resume or force but received both');
  const config = configOf(preset, options.config);
  if (tensorboard && !learnsInEpochs(config))
    throw new ConfigError(`Expected a method that learns in epochs for tensorboard but received ${config.method}`);
  const { crossFit, holdOut, trainPerCategory, validation } = options;
  if (crossFit) {
    const other = Object.entries({ holdOut, trainPerCategory, validation }).find(([, value]) => value !== undefined);
    if (other) throw new ConfigError(`Expected crossFit or ${other[0]} but received both`);
  }
  const isAsked = [holdOut, trainPerCategory, validation].some((value) => value !== undefined);
  return {
    out: options.out,
    config,
    training: trainingOf(preset, options.training),
    weights: options.weights,
    trainPerCategory,
    holdOut: holdOut ?? preset.holdOut,
    crossFit: crossFit ?? (isAsked || preset.holdOut === 0 || needsPictures(config) ? 0 : undefined),
    validation,
    unreadable: options.unreadable ?? 'refuse',
    device: options.device ?? 'auto',
    resume,
    force,
    checkpointEvery: options.checkpointEvery ?? 1,
    evaluateEvery: options.evaluateEvery,
    tensorboard,
    cache: options.cache ?? defaultCache,
    onEvent: options.onEvent ?? (() => {}),
    signal: options.signal,
  };
}
