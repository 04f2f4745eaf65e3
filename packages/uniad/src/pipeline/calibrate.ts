import type { Dataset, Sample } from '@uniad/datasets';
import { bestF1 } from '@uniad/metrics';
import { selectDevice } from '../device/select-device.js';
import type { DeviceName } from '../device/device.js';
import { ConfigError, RunError } from '../errors.js';
import { BATCH } from './batch.js';
import type { Inspection } from './inspection.js';
import type { Kind } from './kinds.js';
import { withThreshold } from './set-by-hand.js';
import type { TrainedModel } from './model-files.js';
import { isSet } from './no-threshold.js';
import { readModel, saveThresholds } from './read-model.js';
import { SampleInspector } from './sample-inspector.js';
import { heatRange, FALSE_ALARMS, thresholdsByKind } from './threshold.js';
import { openData } from './train.js';

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

/**
 * A model that had no threshold had no range of heat either.
 *
 * @param typical score of a good picture
 */
function withHeat(after: TrainedModel, before: TrainedModel, typical = 0): TrainedModel {
  const { threshold } = after;
  if (isSet(before.threshold.score) || !isSet(threshold.score)) return after;
  return { ...after, threshold: { ...threshold, mapRange: heatRange(typical, threshold.score) } };
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
  const { categories } = await openData(data, { ...(cache !== undefined && { cache }), ...(signal && { signal }) });
  // Where a folder has both, the model may have learned those to train on, whose scores say nothing.
  const tests = categories.flatMap(({ test }) => test);
  const samples = tests.length > 0 ? tests : categories.flatMap(({ train }) => train);
  const scored = await scoresByKind(model, samples, options);
  const wanted = [...scored.keys()].filter((name) => category === undefined || name === category);
  const good = Array.from(scored, ([name, scores]) => [name, scores.good] as const);
  // All kinds together say how much one varies, whichever are wanted.
  const byFalseAlarms = () =>
    thresholdsByKind(new Map(good.filter(([, { length }]) => length > 0)), 'good pictures', falseAlarms);
  const scaleOf = options.bestF1
    ? new Map(wanted.map((name) => [name, atBestF1(name, scored.get(name)!)]))
    : byFalseAlarms();
  const scales = new Map(Array.from(scaleOf).filter(([name]) => wanted.includes(name)));
  if (scales.size === 0) {
    throw new RunError(`Expected good pictures of ${category ?? 'the kinds that the model knows'} but found none`);
  }
  const kinds = model.kinds.map((kind): Kind => ({ ...kind, ...scales.get(kind.name) }));
  const [first] = scales.values();
  // A model that knows no kinds has one threshold.
  const ofAll = model.kinds.length === 0 && first ? { score: first.threshold, source: first.source } : {};
  const calibrated = { ...model, kinds, threshold: { ...model.threshold, ...ofAll } };
  return withHeat(calibrated, model, first?.typical);
}

interface Scores {
  readonly good: number[];
  readonly anomalous: number[];
}

/** By the kind that a picture looks like, for that is what its threshold will be chosen by. */
async function scoresByKind(
  model: TrainedModel,
  samples: readonly Sample[],
  { device, cache, signal }: CalibrateOptions,
): Promise<Map<string, Scores>> {
  const inspector = new SampleInspector(model, await selectDevice(device ?? 'auto'), cache);
  const scores = new Map<string, Scores>();
  try {
    for (let start = 0; start < samples.length; start += BATCH) {
      signal?.throwIfAborted();
      const batch = samples.slice(start, start + BATCH);
      const inspections: Inspection[] = await inspector.inspect(batch);
      inspections.forEach(({ score, category }, i) => {
        if (category === null && model.kinds.length > 0) return; // Unlike anything learned.
        const name = category ?? '';
        if (!scores.has(name)) scores.set(name, { good: [], anomalous: [] });
        scores.get(name)![batch[i]!.anomalous ? 'anomalous' : 'good'].push(score);
      });
    }
  } finally {
    inspector.dispose();
  }
  return scores;
}

function atBestF1(name: string, { good, anomalous }: Scores): { typical: number; threshold: number; source: string } {
  if (good.length === 0 || anomalous.length === 0) {
    throw new RunError(
      `Expected good and anomalous pictures of ${name || 'the parts'} for the best F1 score but found ${good.length} and ${anomalous.length}`,
    );
  }
  const labels = [...good.map(() => 0), ...anomalous.map(() => 1)];
  const { threshold, f1 } = bestF1(Float64Array.from([...good, ...anomalous]), labels);
  const typical = good.toSorted((a, b) => a - b)[good.length >> 1]!;
  const source = `best F1 score, ${f1.toFixed(3)}, of ${good.length} good and ${anomalous.length} anomalous pictures`;
  return { typical: Math.min(typical, threshold), threshold, source };
}
