import { createHash } from 'node:crypto';
import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describeBackbone, loadWeights, weightsOfStages } from '@uniad/backbones';
import { openDataset } from '@uniad/datasets';
import { Generator, StateDictError } from '@uniad/nn';
import type { ConfigOverrides } from '../config.js';
import type { DeviceName } from '../device/device.js';
import { selectDevice } from '../device/select-device.js';
import { ConfigError, RunError } from '../errors.js';
import { requirePlace } from '../files/require-place.js';
import { createModel } from '../methods/methods.js';
import { channelsOf } from './backbones.js';
import type { TrainedModel } from './model-files.js';
import { NO_THRESHOLD } from './no-threshold.js';
import { readCheckpointOfAuthors } from './read-checkpoint.js';
import { saveModel } from './read-model.js';
import { SampleInspector } from './sample-inspector.js';
import { setThreshold } from './set-threshold.js';
import type { TrainPlan } from './train-options.js';

export interface ImportOptions {
  /** `ckpt.pth.tar` of the authors' implementation. */
  readonly checkpoint: string;
  /** Where the model is written. */
  readonly out: string;
  /** In place of what the checkpoint tells; what neither does is the paper's. */
  readonly config?: ConfigOverrides | undefined;
  /** Of the backbone, a file or a folder; where the checkpoint has none, those in the box, or downloaded once. */
  readonly weights?: string | undefined;
  /** Good pictures that set the thresholds and the kinds; without them `uniad calibrate` has to set a threshold first. */
  readonly data?: string | readonly string[] | undefined;
  readonly device?: DeviceName | 'auto' | undefined;
  /** Where features are kept. */
  readonly cache?: string | undefined;
  /** Replaces a model that stands in `out`. */
  readonly force?: boolean | undefined;
  readonly onWarning?: (message: string) => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Makes a model of a checkpoint of the authors' implementation; nothing in the file is run.
 *
 * @throws RunError for what is no such checkpoint, ConfigError for settings that do not go with it, WeightsError for the backbone's
 */
export async function importCheckpoint(options: ImportOptions): Promise<TrainedModel> {
  const { checkpoint, out, data, signal, onWarning = console.warn } = options;
  await requirePlace('folder', out);
  const taken = await access(join(out, 'model.json')).then(
    () => true,
    () => false,
  );
  if (taken && !options.force)
    throw new RunError(`${out} already holds a trained model: import with force replaces it`);
  const bytes = await readFile(checkpoint).catch((error: Error) => {
    throw new RunError(`Cannot read ${checkpoint}: ${error.message}`);
  });
  const official = readCheckpointOfAuthors(bytes, options.config);
  const { config, channels, parameters } = official;
  const { name, stages } = config.backbone;
  if (channelsOf(config.backbone) !== channels) {
    throw new ConfigError(
      `Expected a backbone whose stages give ${channels} channels, as the checkpoint has, but ${name} gives ${channelsOf(config.backbone)} at stages ${stages.join(', ')}`,
    );
  }
  requireFit(official);
  const weights =
    Object.keys(official.backbone).length > 0 && options.weights === undefined
      ? official.backbone
      : await loadWeights(options.weights ?? name, { backbone: name, ...(signal && { signal }) });
  const { mean, deviation } = describeBackbone(name);
  const dataset = data === undefined ? undefined : await openDataset(data);
  const model: TrainedModel = {
    id: createHash('sha256').update(bytes).digest('hex').slice(0, 16),
    config,
    categories: dataset?.categories.map(({ name }) => name) ?? [],
    input: { mean, deviation },
    threshold: NO_THRESHOLD,
    kinds: [],
    parameters,
    backbone: weightsOfStages(name, { stages, weights }),
  };
  const device = await selectDevice(options.device ?? 'auto');
  const inspector = new SampleInspector(model, device, options.cache);
  if (!dataset) {
    inspector.dispose(); // It was made to see that all fits.
    onWarning('no threshold is set: import with --data GOOD_PICTURES, or run `uniad calibrate`');
    await saveModel(out, model);
    return model;
  }
  const good = dataset.categories.flatMap(({ train }) => train);
  const sayWarning: TrainPlan['onEvent'] = (event) => {
    if (event.type === 'warning') onWarning(event.message);
  };
  const plan = { config, signal, onEvent: sayWarning };
  const imported = { ...model, ...(await setThreshold(inspector, good, [], plan)) };
  await saveModel(out, imported);
  return imported;
}

/** Names and shapes of the network, before anything slow. */
function requireFit({ config, channels, parameters }: ReturnType<typeof readCheckpointOfAuthors>): void {
  const model = createModel(config, channels, new Generator(0));
  try {
    model.loadStateDict(parameters);
  } catch (error) {
    if (error instanceof StateDictError) throw new RunError(`The checkpoint is of another network: ${error.message}`);
    throw error;
  } finally {
    model.dispose();
  }
}
