import { createHash } from 'node:crypto';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { describeBackbone, loadWeights } from '@uniad/backbones';
import { measureRange, openDataset } from '@uniad/datasets';
import type { Dataset, Sample } from '@uniad/datasets';
import { Generator } from '@uniad/nn';
import type { StateDict } from '@uniad/nn';
import type { ModelConfig } from '../config.js';
import { selectDevice } from '../device/select-device.js';
import type { Device } from '../device/device.js';
import { RunError } from '../errors.js';
import { defaultCache } from '../files/cache-folder.js';
import { requirePlace } from '../files/require-place.js';
import { writeAtomically } from '../files/write-atomically.js';
import { createModel, fit } from '../methods/methods.js';
import type { EpochLog, StepProgress } from '../training/gradient-descent.js';
import { BATCH } from './batch.js';
import { readCheckpoint, writeCheckpoint } from './checkpoint.js';
import type { RunOrigin } from './checkpoint.js';
import { appendPoint } from './curve.js';
import type { Inspection } from './detector.js';
import { evaluate } from './evaluate.js';
import type { Evaluation } from './evaluate.js';
import { digestOfState, FeatureStore } from './feature-store.js';
import type { Progress } from './feature-store.js';
import { holdOut } from './hold-out.js';
import type { InputSettings } from './input-settings.js';
import type { Threshold, TrainedModel } from './model-files.js';
import { saveModel } from './read-model.js';
import { writeTrainingRecord } from './record.js';
import { SampleInspector } from './sample-inspector.js';
import { thresholdFromNormal } from './threshold.js';
import { resolveTrainOptions } from './train-options.js';
import type { TrainOptions, TrainPlan } from './train-options.js';

/** What happens during {@link train}, for whoever shows it. */
export type TrainEvent =
  | ({ readonly type: 'weights' } & Progress)
  | { readonly type: 'device'; readonly device: Device }
  | {
      readonly type: 'pictures';
      readonly train: number;
      readonly heldOut: number;
      readonly categories: readonly string[];
    }
  /** Something unusual about the data, in words. */
  | { readonly type: 'warning'; readonly message: string }
  | { readonly type: 'resumed'; readonly epoch: number }
  | ({ readonly type: 'features' } & Progress)
  | ({ readonly type: 'step'; readonly epochs: number } & StepProgress)
  | { readonly type: 'epoch'; readonly log: EpochLog; readonly epochs: number };

const CHECKPOINT = 'checkpoint.safetensors';

/** Until it is known. */
const UNSET: Threshold = { score: Infinity, source: '', mapRange: [0, 1] };

/**
 * Trains one model on the good pictures of every category of a data set and writes it to `out`. Without further options it is
 * the preset `fast`, on the backbone that comes with the package.
 *
 * @throws DatasetError, PictureError, ConfigError, WeightsError, RunError or DeviceError naming what is wrong; what was written
 *   before stays whole
 */
export async function train(options: TrainOptions): Promise<TrainedModel> {
  const plan = resolveTrainOptions(options);
  const { out, config, training, signal, onEvent } = plan;
  await requirePlace('folder', out);
  await refuseToOverwrite(plan);
  const dataset = await openData(options.data);
  const { learned, heldOut } = split(dataset, plan);
  const weights = await weightsOf(plan);
  const device = await selectDevice(plan.device);
  onEvent({ type: 'device', device });
  const categories = dataset.categories.map(({ name }) => name);
  onEvent({ type: 'pictures', train: learned.length, heldOut: heldOut.length, categories });

  const cache = plan.cache ?? defaultCache;
  const input = await inputSettings(config, learned, signal);
  const store = new FeatureStore({ folder: cache, config, input, weights, compile: device.compile });
  const digests = await store.locate(learned, signal);
  warnOfDuplicates(digests, onEvent);
  const origin = originOf({ plan, device, input, weights, digests });
  const checkpoint = join(out, CHECKPOINT);
  const resume = plan.resume ? await readCheckpoint(checkpoint, origin) : undefined;
  await store.prepare([...learned, ...heldOut], (progress) => onEvent({ type: 'features', ...progress }), signal);
  if (resume) onEvent({ type: 'resumed', epoch: resume.log.length });

  const described = { id: idOf(origin), config, categories, input, backbone: weights };
  const source = { length: learned.length, shape: store.shape, read: (index: number) => store.read(learned[index]!) };
  const network = createModel(config, store.shape[2], new Generator(training.seed).fork('parameters'));
  try {
    const log = await fit(network, source, training, device.compile, {
      signal,
      resume,
      onStep: (step) => onEvent({ type: 'step', epochs: training.epochs, ...step }),
      onEpoch: async (log, state) => {
        if (log.epoch % plan.checkpointEvery === 0 || log.epoch === training.epochs) {
          const current = await state();
          await writeCheckpoint(checkpoint, current, origin);
          const lines = current.log.map((entry) => `${JSON.stringify(entry)}\n`);
          await writeAtomically(join(out, 'log.jsonl'), lines.join(''));
        }
        if (plan.evaluateEvery !== undefined && log.epoch % plan.evaluateEvery === 0) {
          const now = { ...described, parameters: (await state()).model, threshold: UNSET };
          const { mean } = await evaluateNow(now, dataset, { device, cache, signal });
          const { imageAuroc, pixelAuroc } = mean;
          await appendPoint(out, { epoch: log.epoch, loss: log.loss, imageAuroc, pixelAuroc });
        }
        onEvent({ type: 'epoch', log, epochs: training.epochs });
      },
    });
    await network.parameters.fetch();
    const parameters = network.parameters.stateDict();
    const untested = { ...described, parameters };
    const threshold = await setThreshold(
      untested,
      { device, cache },
      heldOut.length > 0 ? heldOut : learned,
      plan,
      heldOut.length > 0,
    );
    const model = { ...untested, threshold };
    await saveModel(out, model);
    await writeTrainingRecord(out, {
      options: training,
      device: device.name,
      pictures: learned.length,
      heldOut: heldOut.length,
      seconds: log.reduce((sum, epoch) => sum + epoch.seconds, 0),
      data:
        typeof options.data === 'object' && 'categories' in options.data ? options.data.layout : String(options.data),
      finished: new Date().toISOString(),
    });
    return model;
  } finally {
    network.dispose();
  }
}

/** A data set that was opened, or is opened now. */
export async function openData(data: TrainOptions['data']): Promise<Dataset> {
  return typeof data === 'object' && 'categories' in data ? data : openDataset(data);
}

async function evaluateNow(
  model: TrainedModel,
  dataset: Dataset,
  {
    device,
    cache,
    signal,
  }: { readonly device: Device; readonly cache: string; readonly signal: AbortSignal | undefined },
): Promise<Evaluation> {
  const inspector = new SampleInspector(model, device, cache);
  try {
    return await evaluate(inspector, dataset, { onWarning: () => {}, ...(signal && { signal }) });
  } finally {
    inspector.dispose();
  }
}

/** A finished or interrupted run is never overwritten unasked. */
async function refuseToOverwrite({ out, resume, force }: TrainPlan): Promise<void> {
  const has = (file: string) =>
    access(join(out, file)).then(
      () => true,
      () => false,
    );
  const [checkpoint, model] = await Promise.all([has(CHECKPOINT), has('model.json')]);
  if (resume && !checkpoint) throw new RunError(`Expected a checkpoint to resume from but found none in ${out}`);
  if (resume || force || (!checkpoint && !model)) return;
  throw new RunError(
    checkpoint
      ? `${out} already holds a run: resume it, train into a new folder, or train anew with force`
      : `${out} already holds a trained model: train into a new folder, or train anew with force`,
  );
}

function split(
  dataset: Dataset,
  { trainPerCategory, holdOut: share, onEvent }: TrainPlan,
): { learned: Sample[]; heldOut: Sample[] } {
  const parts = dataset.categories.map(({ name, train }) => {
    if (trainPerCategory !== undefined && train.length <= trainPerCategory) {
      const message = `${name} has ${train.length} good pictures, no more than the ${trainPerCategory} asked for: none is held out`;
      onEvent({ type: 'warning', message });
    }
    return holdOut(train, { share, trainPerCategory });
  });
  const learned = parts.flatMap((part) => part.train);
  if (learned.length < 2) {
    throw new RunError(`Expected at least two good pictures to learn from but found ${learned.length}`);
  }
  for (const { count, what, examples } of dataset.leftOut) {
    onEvent({ type: 'warning', message: `left out: ${count} ${what} (${examples.join(', ')})` });
  }
  return { learned, heldOut: parts.flatMap((part) => part.heldOut) };
}

async function weightsOf({ config, weights, signal, onEvent }: TrainPlan): Promise<StateDict> {
  if (weights !== undefined && typeof weights !== 'string') return weights;
  return loadWeights(weights ?? config.backbone.name, {
    backbone: config.backbone.name,
    ...(signal && { signal }),
    progress: (event) => {
      if (event.type !== 'progress') return;
      onEvent({ type: 'weights', done: event.received, total: event.total ?? event.received });
    },
  });
}

async function inputSettings(
  { backbone }: ModelConfig,
  learned: readonly Sample[],
  signal: AbortSignal | undefined,
): Promise<InputSettings> {
  const { mean, deviation } = describeBackbone(backbone.name);
  const range = await measureRange(learned, signal);
  return { mean, deviation, ...(range && { range }) };
}

function warnOfDuplicates(digests: readonly string[], onEvent: TrainPlan['onEvent']): void {
  const duplicates = digests.length - new Set(digests).size;
  if (duplicates === 0) return;
  const message = `${duplicates} of the ${digests.length} pictures to learn from ${duplicates === 1 ? 'is the same as another' : 'are the same as others'}, byte for byte`;
  onEvent({ type: 'warning', message });
}

interface Origins {
  readonly plan: TrainPlan;
  readonly device: Device;
  readonly input: InputSettings;
  readonly weights: StateDict;
  readonly digests: readonly string[];
}

function originOf({ plan: { config, training }, device, input, weights, digests }: Origins): RunOrigin {
  const { backbone, ...network } = config;
  const facts = {
    ...network,
    backbone,
    input,
    device: device.name,
    weights: digestOfState(weights),
    pictures: digestOf(digests),
  };
  return { training, facts, pictures: digests.length };
}

const digestOf = (value: unknown) => createHash('sha256').update(JSON.stringify(value)).digest('hex');

/** The same for a run that was resumed. */
const idOf = (origin: RunOrigin) => digestOf(origin).slice(0, 16);

async function setThreshold(
  model: Omit<TrainedModel, 'threshold'>,
  { device, cache }: { readonly device: Device; readonly cache: string },
  samples: readonly Sample[],
  { signal, onEvent }: TrainPlan,
  heldOut: boolean,
): Promise<Threshold> {
  if (heldOut && samples.length < FEW) {
    const message = `the threshold rests on ${samples.length} held out ${samples.length === 1 ? 'picture' : 'pictures'}; more would make it more certain`;
    onEvent({ type: 'warning', message });
  }
  const inspector = new SampleInspector({ ...model, threshold: UNSET }, device, cache);
  try {
    const normal: Inspection[] = [];
    for (let start = 0; start < samples.length; start += BATCH) {
      signal?.throwIfAborted();
      normal.push(...(await inspector.inspect(samples.slice(start, start + BATCH))));
    }
    return thresholdFromNormal(
      normal,
      heldOut ? 'good pictures held out of training' : 'training pictures, none being held out',
    );
  } finally {
    inspector.dispose();
  }
}

/** A percentile of fewer scores is little more than their largest. */
const FEW = 10;
