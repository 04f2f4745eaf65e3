import type { Dataset } from '@uniad/datasets';
import type { DeviceName } from '../device/device.js';
import { ConfigError, RunError } from '../errors.js';
import { atBestF1, scoresByKind } from './best-f1.js';
import { withThreshold } from './set-by-hand.js';
import type { TrainedModel } from './model-files.js';
import { readModel, saveThresholds } from './read-model.js';
import { FALSE_ALARMS, thresholdsByKind } from './threshold.js';
import { openData } from './train.js';
import { notLearned, PASTED, withPasted } from './validation.js';
import { withHeat, withScales } from './with-scales.js';

export interface CalibrateOptions {
  /** Folder that training wrote; its `model.json` is replaced. */
  readonly model: string;
  /**
   * Pictures that were not learned: a folder's test pictures, or where it has none, its good ones. Not needed with `threshold`.
   */
  readonly data?: string | readonly string[] | Dataset | undefined;
  /** Share of good pictures that may be called anomalous; 0.01 by default. */
  readonly falseAlarms?: number | undefined;
  /** Where good and anomalous pictures are told apart best, by the F1 score, in place of a share of false alarms. */
  readonly bestF1?: boolean | undefined;
  /** With `bestF1`: the anomalous pictures are made, anomalies pasted on the good ones; no others are looked at. */
  readonly synthetic?: boolean | undefined;
  /** By hand. */
  readonly threshold?: number | undefined;
  /** One kind alone; all by default. */
  readonly category?: string | undefined;
  readonly device?: DeviceName | 'auto' | undefined;
  /** Where features are kept. */
  readonly cache?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Changes a trained model's thresholds, without training.
 *
 * @throws ConfigError for settings that do not go together, RunError where the data has no pictures for them
 */
export async function calibrate(options: CalibrateOptions): Promise<TrainedModel> {
  const { threshold, falseAlarms, category } = options;
  const chosen = [threshold, falseAlarms, options.bestF1 || undefined].filter((one) => one !== undefined);
  if (chosen.length > 1)
    throw new ConfigError('Expected one of falseAlarms, bestF1 and threshold but received several');
  if (options.synthetic && !options.bestF1)
    throw new ConfigError('Expected bestF1 with synthetic but received it alone');
  if (threshold !== undefined && !Number.isFinite(threshold)) {
    throw new ConfigError(`Expected a finite number for threshold but received ${threshold}`);
  }
  if (falseAlarms !== undefined && !(falseAlarms > 0 && falseAlarms < 1)) {
    throw new ConfigError(`Expected a number between 0 and 1 for falseAlarms but received ${falseAlarms}`);
  }
  const model = await readModel(options.model);
  const names = model.kinds.map(({ name }) => name);
  if (category !== undefined && !names.includes(category)) {
    throw new ConfigError(
      `Expected one of ${names.join(', ') || 'no kinds at all'} for category but received ${category}`,
    );
  }
  const calibrated =
    threshold === undefined
      ? await byScores(model, options)
      : ofKind(model, withHeat(withThreshold(model, threshold), model), category);
  await saveThresholds(options.model, calibrated);
  return calibrated;
}

/** The calibrated model's kinds where they are asked for, the others as they were. */
function ofKind(before: TrainedModel, after: TrainedModel, category: string | undefined): TrainedModel {
  if (category === undefined) return after;
  const kinds = before.kinds.map((kind, i) => (kind.name === category ? after.kinds[i]! : kind));
  return { ...before, kinds };
}

async function byScores(model: TrainedModel, options: CalibrateOptions): Promise<TrainedModel> {
  const { data, category, falseAlarms = FALSE_ALARMS, cache, signal } = options;
  if (data === undefined) throw new ConfigError('Expected data to calibrate on, or a threshold, but received neither');
  const found = notLearned(await openData(data, { ...(cache !== undefined && { cache }), ...(signal && { signal }) }));
  const samples = options.synthetic ? withPasted(found) : found;
  const scored = await scoresByKind(model, samples, options);
  const wanted = [...scored.keys()].filter((name) => category === undefined || name === category);
  const good = Array.from(scored, ([name, scores]) => [name, scores.good] as const);
  // All kinds together say how much one varies, whichever are wanted.
  const byFalseAlarms = () =>
    thresholdsByKind(new Map(good.filter(([, { length }]) => length > 0)), 'good pictures', falseAlarms);
  const scaleOf = options.bestF1
    ? new Map(wanted.map((name) => [name, atBestF1(name, scored.get(name)!, options.synthetic ? PASTED : '')]))
    : byFalseAlarms();
  const scales = new Map(Array.from(scaleOf).filter(([name]) => wanted.includes(name)));
  if (scales.size === 0) {
    throw new RunError(`Expected good pictures of ${category ?? 'the kinds that the model knows'} but found none`);
  }
  return withScales(model, scales);
}
