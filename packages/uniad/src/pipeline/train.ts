import { createHash } from 'node:crypto';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { describeBackbone, loadWeights } from '@uniad/backbones';
import { measureRange, openDataset } from '@uniad/datasets';
import type { Dataset, OpenDatasetOptions, Sample } from '@uniad/datasets';
import type { StateDict } from '@uniad/nn';
import type { ModelConfig } from '../config.js';
import { selectDevice } from '../device/select-device.js';
import type { Device } from '../device/device.js';
import { RunError } from '../errors.js';
import { requirePlace } from '../files/require-place.js';
import { writeAtomically } from '../files/write-atomically.js';
import { needsPictures } from '../methods/methods.js';
import { EventFile } from '../tensorboard/event-file.js';
import { joinWeights } from './backbones.js';
import type { BackbonesConfig } from './backbones.js';
import { saySharedPictures, withoutUnreadable } from './check-data.js';
import { readCheckpoint, writeCheckpoint } from './checkpoint.js';
import type { RunOrigin } from './checkpoint.js';
import { CROSS_FITTED, CrossFitInspector } from './cross-fit.js';
import { appendPoint } from './curve.js';
import { evaluate } from './evaluate.js';
import { digestOfState, FeatureStore } from './feature-store.js';
import type { InputSettings } from './input-settings.js';
import { createLearner } from './learner.js';
import type { TrainedModel } from './model-files.js';
import { NO_THRESHOLD } from './no-threshold.js';
import { saveModel } from './read-model.js';
import type { Progress } from './progress.js';
import { writeTrainingRecord } from './record.js';
import { SampleInspector } from './sample-inspector.js';
import { sayBoundedMemory } from './say-bounded-memory.js';
import { sayLeftOut } from './say-left-out.js';
import { split, warnOfDuplicates } from './split.js';
import { setThreshold } from './set-threshold.js';
import { chooseThresholds, findValidation } from './validation.js';
import { resolveTrainOptions } from './train-options.js';
import type { TrainOptions, TrainPlan } from './train-options.js';

const CHECKPOINT = 'checkpoint.safetensors';

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
  const dataset = await usable(await openData(options.data, opening(plan)), plan);
  const { learned, heldOut, folds } = split(dataset, plan);
  const validation = await findValidation(plan, dataset, heldOut);
  const weights = await weightsOf(plan);
  const device = await selectDevice(plan.device);
  onEvent({ type: 'device', device });
  const categories = dataset.categories.map(({ name }) => name);
  onEvent({ type: 'pictures', train: learned.length, heldOut: heldOut.length, folds, categories });

  const bounded = sayBoundedMemory(config, learned.length, categories.length);
  if (bounded !== undefined) onEvent({ type: 'warning', message: bounded });

  const { cache } = plan;
  const input = await inputSettings(config, learned, plan);
  const store = new FeatureStore({ folder: cache, config, input, weights, compile: device.compile });
  const digests = await store.locate(learned, signal);
  warnOfDuplicates(digests, onEvent);
  const origin = originOf({ plan, device, input, weights, digests });
  const checkpoint = join(out, CHECKPOINT);
  const resume = plan.resume ? await readCheckpoint(checkpoint, origin) : undefined;
  if (!needsPictures(config)) {
    await store.prepare([...learned, ...heldOut], (progress) => onEvent({ type: 'features', ...progress }), signal);
  }
  if (resume) onEvent({ type: 'resumed', epoch: resume.log.length });
  const events = plan.tensorboard ? await EventFile.open(out, (resume?.log.length ?? 0) + 1) : undefined;

  const learner = createLearner({ config, input, training, samples: learned, weights, store, compile: device.compile });
  const modelNow = async () => ({ id: idOf(origin), config, categories, input, ...(await learner.state()) });
  try {
    const log = await learner.fit({
      signal,
      resume,
      onProgress: (progress) => onEvent({ type: 'fitting', ...progress }),
      onStep: (step) => onEvent({ type: 'step', epochs: training.epochs, ...step }),
      onEpoch: async (log, state) => {
        const { epoch, loss, learningRate, seconds } = log;
        await events?.append(epoch, { loss, learning_rate: learningRate, epoch_seconds: seconds });
        if (epoch % plan.checkpointEvery === 0 || epoch === training.epochs) {
          const current = await state();
          await writeCheckpoint(checkpoint, current, origin);
          const lines = current.log.map((entry) => `${JSON.stringify(entry)}\n`);
          await writeAtomically(join(out, 'log.jsonl'), lines.join(''));
        }
        if (plan.evaluateEvery !== undefined && epoch % plan.evaluateEvery === 0) {
          const inspector = new SampleInspector(
            { ...(await modelNow()), threshold: NO_THRESHOLD, kinds: [] },
            device,
            cache,
          );
          const { imageAuroc, pixelAuroc } = await meanOn(dataset, inspector, signal);
          await appendPoint(out, { epoch, loss, imageAuroc, pixelAuroc });
          await events?.append(epoch, { 'test/image_auroc': imageAuroc, 'test/pixel_auroc': pixelAuroc });
        }
        onEvent({ type: 'epoch', log, epochs: training.epochs });
      },
    });
    const untested: TrainedModel = { ...(await modelNow()), threshold: NO_THRESHOLD, kinds: [] };
    const inspector = new SampleInspector(untested, device, cache);
    const learnWithout = async (held: number, others: readonly Sample[]) => {
      const onFold = (progress: Progress) => onEvent({ type: 'fold', fold: held + 1, folds, ...progress });
      const part = createLearner({ config, input, training, samples: others, weights, store, compile: device.compile });
      try {
        await part.fit({
          signal,
          onProgress: onFold,
          onStep: ({ epoch, batch, batches }) =>
            onFold({ done: (epoch - 1) * batches + batch, total: training.epochs * batches }),
        });
        return new SampleInspector({ ...untested, ...(await part.state()) }, device, cache);
      } finally {
        part.dispose();
      }
    };
    const cross = folds > 0 ? new CrossFitInspector(inspector, learned, folds, learnWithout) : undefined;
    const measured = cross
      ? await setThreshold(cross, learned, cross.inOrder(), { ...plan, heldOutAre: CROSS_FITTED })
      : await setThreshold(inspector, learned, heldOut, plan);
    const tested = { ...untested, ...measured };
    const model = validation ? await chooseThresholds(tested, validation, plan) : tested;
    await saveModel(out, model);
    await writeTrainingRecord(out, {
      options: training,
      device: device.name,
      pictures: learned.length,
      heldOut: heldOut.length,
      ...(folds > 0 && { folds }),
      seconds: log.reduce((sum, epoch) => sum + epoch.seconds, 0),
      data: isDataset(options.data) ? dataset.layout : [options.data].flat().join(', '),
      finished: new Date().toISOString(),
    });
    return model;
  } finally {
    learner.dispose();
  }
}

const isDataset = (data: TrainOptions['data']): data is Dataset => typeof data === 'object' && 'categories' in data;

const opening = ({ cache, signal, onEvent }: TrainPlan): OpenDatasetOptions => ({
  cache,
  onProgress: (progress) => onEvent({ type: 'extracting', ...progress }),
  ...(signal && { signal }),
});

/** Says what was found, and what is unusual about it. */
async function usable(
  found: Dataset,
  { unreadable, evaluateEvery, validation, onEvent, signal }: TrainPlan,
): Promise<Dataset> {
  onEvent({ type: 'data', dataset: found });
  for (const leftOut of found.leftOut) onEvent({ type: 'warning', message: sayLeftOut(leftOut) });
  const shared = await saySharedPictures(found, signal);
  if (shared !== undefined) onEvent({ type: 'warning', message: shared });
  if (unreadable === 'refuse') return found;
  const { dataset, unreadable: pictures } = await withoutUnreadable(found, {
    splits: evaluateEvery === undefined && validation !== 'test' ? ['train'] : ['train', 'test'],
    onProgress: (progress) => onEvent({ type: 'checking', ...progress }),
    signal,
  });
  if (pictures.length > 0) onEvent({ type: 'unreadable', pictures });
  return dataset;
}

/** A data set that was opened before, or is opened now. */
export async function openData(data: TrainOptions['data'], options: OpenDatasetOptions = {}): Promise<Dataset> {
  return isDataset(data) ? data : openDataset(data, options);
}

async function meanOn(dataset: Dataset, inspector: SampleInspector, signal: AbortSignal | undefined) {
  try {
    return (await evaluate(inspector, dataset, { onWarning: () => {}, ...(signal && { signal }) })).mean;
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

/** Of the backbones, as far as the model has them. */
async function weightsOf(plan: TrainPlan): Promise<StateDict> {
  const { config, weights } = plan;
  const isWhole = weights !== undefined && typeof weights !== 'string';
  const own = isWhole ? weights : await weightsFrom(weights, config.backbone.name, plan);
  const { beside }: BackbonesConfig = config;
  const isOther = beside && beside.name !== config.backbone.name;
  return joinWeights(config, own, isOther ? await weightsFrom(undefined, beside.name, plan) : undefined);
}

function weightsFrom(source: string | undefined, backbone: string, { signal, onEvent }: TrainPlan): Promise<StateDict> {
  return loadWeights(source ?? backbone, {
    backbone,
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
  { signal, onEvent }: TrainPlan,
): Promise<InputSettings> {
  const { mean, deviation } = describeBackbone(backbone.name);
  const range = await measureRange(learned, signal ? { signal } : {});
  if (!range) return { mean, deviation };
  const message = `pictures of more than 8 bits: values from ${range[0]} to ${range[1]} are taken for black to white`;
  onEvent({ type: 'warning', message });
  return { mean, deviation, range };
}

interface Origins {
  readonly plan: TrainPlan;
  readonly device: Device;
  readonly input: InputSettings;
  readonly weights: StateDict;
  readonly digests: readonly string[];
}

/** All that decides the numbers of a run. */
function originOf({ plan: { config, training }, device, input, weights, digests }: Origins): RunOrigin {
  const sources = { input, device: device.name, weights: digestOfState(weights), pictures: digestOf(digests) };
  return { training, facts: { ...config, ...sources }, pictures: digests.length };
}

const digestOf = (value: unknown) => createHash('sha256').update(JSON.stringify(value)).digest('hex');

/** The same for a run that was resumed. */
const idOf = (origin: RunOrigin) => digestOf(origin).slice(0, 16);
