import { homedir } from 'node:os';
import { access, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { openDataset } from '@uniad/datasets';
import type { Dataset, Sample } from '@uniad/datasets';
import { Generator } from '@uniad/nn';
import type { StateDict } from '@uniad/nn';
import { resolveConfig } from '../config.js';
import type { ConfigOverrides, UniADConfig } from '../config.js';
import { selectDevice } from '../device/select-device.js';
import type { Device } from '../device/device.js';
import { RunError } from '../errors.js';
import { requirePlace } from '../files/require-place.js';
import { writeAtomically } from '../files/write-atomically.js';
import { Detector } from '../inference/detector.js';
import type { Inspection } from '../inference/detector.js';
import { encodeModel, modelFileNames } from '../inference/model-files.js';
import type { Threshold, TrainedModel } from '../inference/model-files.js';
import { thresholdFromNormal } from '../inference/threshold.js';
import { FeatureExtractor } from '../model/feature-extractor.js';
import { UniAD } from '../model/uniad.js';
import { readCheckpoint, writeCheckpoint } from './checkpoint.js';
import { FeatureStore } from './feature-store.js';
import type { Progress } from './feature-store.js';
import { fit } from './fit.js';
import type { EpochLog, FitHooks } from './fit.js';
import { holdOut } from './hold-out.js';
import { featureWhitening, residualWhitening } from './measure-whitening.js';
import { resolveTraining } from './options.js';
import type { TrainingOptions } from './options.js';
import { writeTrainingRecord } from './record.js';

/** What happens during {@link train}, for whoever shows it. */
export type TrainEvent =
  | { readonly type: 'device'; readonly device: Device }
  | {
      readonly type: 'pictures';
      readonly train: number;
      readonly heldOut: number;
      readonly categories: readonly string[];
    }
  | { readonly type: 'resumed'; readonly epoch: number }
  | ({ readonly type: 'features' } & Progress)
  | ({ readonly type: 'step' } & Parameters<NonNullable<FitHooks['onStep']>>[0])
  | { readonly type: 'epoch'; readonly log: EpochLog; readonly epochs: number };

export interface TrainRunOptions {
  /** The pictures: a folder in MVTec layout, or of good pictures. */
  readonly data: string;
  /** Where the model and its checkpoint are written. */
  readonly out: string;
  readonly config?: ConfigOverrides;
  readonly training?: Partial<TrainingOptions>;
  /** The backbone's weights. */
  readonly weights: StateDict;
  /** Learn from the first so many good pictures of each category, by name. */
  readonly trainPerCategory?: number | undefined;
  readonly device?: string;
  /** Go on from the checkpoint in `out`. */
  readonly resume?: boolean;
  /** Epochs between checkpoints. */
  readonly checkpointEvery?: number;
  /** Where features are kept; runs share it. */
  readonly cache?: string;
  readonly onEvent?: (event: TrainEvent) => void;
  readonly signal?: AbortSignal;
}

/** Where features are kept unless told otherwise. */
export const defaultCache = process.env.UNIAD_CACHE ?? join(homedir(), '.cache', 'uniad');

/**
 * Trains one model on the good pictures of every category of a folder and writes it to `out`.
 *
 * @throws DatasetError, PictureError, ConfigError, RunError or DeviceError naming what is wrong; what was written before stays whole
 */
export async function train(options: TrainRunOptions): Promise<TrainedModel> {
  const { out, weights, signal, onEvent = () => {} } = options;
  const config = resolveConfig(options.config);
  const training = resolveTraining(options.training);
  const dataset = await openDataset(options.data);
  const { learned, heldOut } = split(dataset, options.trainPerCategory);
  const checkpoint = join(out, 'checkpoint.safetensors');
  await requirePlace('folder', out);
  await refuseToOverwrite(out, checkpoint, options.resume ?? false);
  const device = await selectDevice(options.device);
  onEvent({ type: 'device', device });
  const categories = dataset.categories.map(({ name }) => name);
  onEvent({ type: 'pictures', train: learned.length, heldOut: heldOut.length, categories });

  const extractor = new FeatureExtractor(config, weights, device.compile);
  const store = new FeatureStore(options.cache ?? defaultCache, config, weights, extractor);
  try {
    const paths = [...learned, ...heldOut].map(({ path }) => path);
    await store.prepare(paths, (progress) => onEvent({ type: 'features', ...progress }), signal);
  } finally {
    extractor.dispose(); // The training can use its memory.
  }
  const network = new UniAD(config, extractor.channels, new Generator(training.seed).fork('parameters'));
  try {
    const source = { length: learned.length, read: (index: number) => store.read(learned[index]!.path) };
    if (config.whiten) network.featureWhitening = await featureWhitening(network, source, device.compile);
    const print = fingerprint(config, training, learned, device.name);
    const resume = options.resume ? await readCheckpoint(checkpoint, print) : undefined;
    if (resume) onEvent({ type: 'resumed', epoch: resume.log.length });
    const log = await fit(network, source, training, device.compile, {
      signal,
      resume,
      onStep: (step) => onEvent({ type: 'step', ...step }),
      onEpoch: async (log, state) => {
        if (log.epoch % (options.checkpointEvery ?? 1) === 0 || log.epoch === training.epochs) {
          const current = await state();
          await writeCheckpoint(checkpoint, current, print);
          await writeAtomically(
            join(out, 'log.jsonl'),
            current.log.map((entry) => `${JSON.stringify(entry)}\n`).join(''),
          );
        }
        onEvent({ type: 'epoch', log, epochs: training.epochs });
      },
    });
    if (config.distance === 'mahalanobis')
      network.residualWhitening = await residualWhitening(network, source, device.compile);
    const untested = { config, categories, parameters: await network.stateDict(), backbone: weights };
    const threshold = await setThreshold(
      untested,
      device,
      store,
      heldOut.length > 0 ? heldOut : learned,
      heldOut.length > 0,
    );
    const model = { ...untested, threshold };
    const seconds = log.reduce((sum, epoch) => sum + epoch.seconds, 0);
    await writeTrainingRecord(out, {
      options: training,
      device: device.name,
      pictures: learned.length,
      heldOut: heldOut.length,
      seconds,
    });
    await saveModel(out, model);
    return model;
  } finally {
    network.dispose();
  }
}

/** Writes a model's files into a folder. */
export async function saveModel(folder: string, model: TrainedModel): Promise<void> {
  const files = encodeModel(model);
  for (const name of modelFileNames) await writeAtomically(join(folder, name), files[name]);
}

function split(dataset: Dataset, trainPerCategory: number | undefined): { learned: Sample[]; heldOut: Sample[] } {
  const parts = dataset.categories.map((category) => holdOut(category.train, trainPerCategory));
  return { learned: parts.flatMap((part) => part.train), heldOut: parts.flatMap((part) => part.heldOut) };
}

/** A finished or interrupted run is never overwritten unasked. */
async function refuseToOverwrite(out: string, checkpoint: string, resume: boolean): Promise<void> {
  const present = await access(checkpoint).then(
    () => true,
    () => false,
  );
  if (resume && !present) throw new RunError(`Expected a checkpoint to resume from but found none in ${out}`);
  if (!resume && present) throw new RunError(`${out} already holds a run: resume it, or train into a new folder`);
  if (!resume) await rm(join(out, 'model.json'), { force: true });
}

/** All that decides the numbers of a run, as JSON. */
function fingerprint(
  config: UniADConfig,
  training: TrainingOptions,
  learned: readonly Sample[],
  device: string,
): string {
  return JSON.stringify({ ...config, ...training, device, pictures: learned.map(({ id }) => id) });
}

async function setThreshold(
  model: Omit<TrainedModel, 'threshold'>,
  device: Device,
  store: FeatureStore,
  samples: readonly Sample[],
  heldOut: boolean,
): Promise<Threshold> {
  const unset: Threshold = { score: Infinity, source: '', mapRange: [0, 1] };
  const detector = new Detector({ ...model, threshold: unset }, device.compile);
  try {
    const normal: Inspection[] = [];
    for (let i = 0; i < samples.length; i += 8) {
      const features = await Promise.all(samples.slice(i, i + 8).map(({ path }) => store.read(path)));
      normal.push(...(await detector.inspectFeatures(features)));
    }
    return thresholdFromNormal(
      normal,
      heldOut ? 'good pictures held out of training' : 'training pictures, none being held out',
    );
  } finally {
    detector.dispose();
  }
}
