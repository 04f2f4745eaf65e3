import { access, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Dataset } from '@uniad/datasets';
import { precisionOn } from '../device/device.js';
import type { Device, DeviceName } from '../device/device.js';
import { selectDevice } from '../device/select-device.js';
import { RunError } from '../errors.js';
import { requirePlace } from '../files/require-place.js';
import { evaluate } from './evaluate.js';
import type { Evaluation, Metrics } from './evaluate.js';
import { toInt8Model } from './int8-model.js';
import { modelFileNames } from './model-files.js';
import type { TrainedModel } from './model-files.js';
import type { Progress } from './progress.js';
import { readModel, saveModel } from './read-model.js';
import { readTrainingRecord, writeTrainingRecord } from './record.js';
import { SampleInspector } from './sample-inspector.js';
import { openData } from './train.js';

/** How {@link quantize} makes a model in int8. */
export interface QuantizeOptions {
  /** Folder that training wrote; it stays as it is. */
  readonly model: string;
  /** Where the model in int8 is written. */
  readonly out: string;
  /** Pictures to say on what it cost: a folder's test pictures, or where it has none, its good ones. */
  readonly data?: string | readonly string[] | Dataset | undefined;
  readonly device?: DeviceName | 'auto' | undefined;
  /** Where features are kept. */
  readonly cache?: string | undefined;
  /** Replaces a model that stands in `out`. */
  readonly force?: boolean | undefined;
  /** Told of each pass over the pictures: before, and after. */
  readonly onProgress?: ((progress: Progress & { readonly pass: 'before' | 'after' }) => void) | undefined;
  /** Told what is unusual about the data; `console.warn` by default. */
  readonly onWarning?: ((message: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What was there before, and what is there now. */
export interface BeforeAndAfter<T> {
  readonly before: T;
  readonly after: T;
}

/** What int8 cost on pictures. */
export interface QuantizationCost {
  readonly pictures: number;
  /** Of the score before, how far the one after is from it. */
  readonly difference: { readonly mean: number; readonly max: number };
  /** Pictures that one of the two calls anomalous and the other does not. */
  readonly changedVerdicts: number;
  /** Over the categories that have both classes; NaN where there is none. */
  readonly metrics: BeforeAndAfter<Metrics>;
}

/** What {@link quantize} did. */
export interface Quantization {
  readonly model: TrainedModel;
  /** Of the model's files. */
  readonly bytes: BeforeAndAfter<number>;
  /** Absent without data. */
  readonly cost: QuantizationCost | undefined;
}

/**
 * Writes a model whose weights are 8-bit integers with a step a row, a quarter of the size, and says what that cost.
 *
 * @throws RunError when there is no model, it is in int8 already, or a model stands in `out`
 */
export async function quantize(options: QuantizeOptions): Promise<Quantization> {
  const { out, data, force, signal } = options;
  await requirePlace('folder', out);
  if (resolve(out) === resolve(options.model))
    throw new RunError(`Expected another folder than the model's own for the model in int8 but received ${out}`);
  if (!force && (await isThere(join(out, 'model.json'))))
    throw new RunError(`${out} already holds a trained model: quantize with force replaces it`);
  const model = await readModel(options.model);
  if (model.precision === 'int8') throw new RunError(`Expected a model in float32 in ${options.model} but found int8`);
  const record = await readTrainingRecord(options.model);
  const quantized = toInt8Model(model);
  const cost = data === undefined ? undefined : await measureCost(model, quantized, await openData(data), options);
  signal?.throwIfAborted();
  await saveModel(out, quantized);
  if (record) await writeTrainingRecord(out, record);
  return {
    model: quantized,
    bytes: { before: await bytesOf(options.model), after: await bytesOf(out) },
    cost,
  };
}

async function measureCost(
  model: TrainedModel,
  quantized: TrainedModel,
  { categories, ...rest }: Dataset,
  options: QuantizeOptions,
): Promise<QuantizationCost> {
  const labelled = categories.some(({ test }) => test.length > 0);
  const dataset = { ...rest, categories: categories.map((one) => (labelled ? one : { ...one, test: one.train })) };
  const device = await selectDevice(options.device ?? 'auto');
  const quietly = { ...options, onWarning: () => {} };
  if (precisionOn(device, 'int8') !== 'int8')
    (options.onWarning ?? console.warn)(
      `device ${device.name} computes in floats: what is measured is the rounding of the weights alone, not of the products`,
    );
  const before = await inspectAll(model, 'before', dataset, device, labelled ? options : quietly);
  const after = await inspectAll(quantized, 'after', dataset, device, quietly);
  const pairs = before.scored.map((one, i) => [one, after.scored[i]!] as const);
  const differences = pairs.map(([one, other]) => Math.abs(other.score - one.score) / Math.abs(one.score || 1));
  return {
    pictures: pairs.length,
    difference: {
      mean: differences.reduce((sum, difference) => sum + difference, 0) / pairs.length,
      max: differences.reduce((most, difference) => Math.max(most, difference), 0),
    },
    changedVerdicts: pairs.filter(([one, other]) => one.anomalous !== other.anomalous).length,
    metrics: { before: before.mean, after: after.mean },
  };
}

async function inspectAll(
  model: TrainedModel,
  pass: 'before' | 'after',
  dataset: Dataset,
  device: Device,
  { cache, onProgress, onWarning, signal }: QuantizeOptions,
): Promise<Evaluation> {
  const inspector = new SampleInspector(model, device, cache);
  try {
    return await evaluate(inspector, dataset, {
      onProgress: (progress) => onProgress?.({ ...progress, pass }),
      ...(onWarning && { onWarning }),
      ...(signal && { signal }),
    });
  } finally {
    inspector.dispose();
  }
}

async function bytesOf(folder: string): Promise<number> {
  const sizes = await Promise.all(modelFileNames.map(async (name) => (await stat(join(folder, name))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
