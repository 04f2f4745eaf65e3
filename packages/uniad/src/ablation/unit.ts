import { createHash } from 'node:crypto';
import { access, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { randomWeights } from '@uniad/backbones';
import { openDataset } from '@uniad/datasets';
import type { Dataset } from '@uniad/datasets';
import { Generator } from '@uniad/nn';
import type { ModelConfig } from '../config.js';
import { selectDevice } from '../device/select-device.js';
import type { DeviceName } from '../device/device.js';
import { RunError } from '../errors.js';
import { writeAtomically } from '../files/write-atomically.js';
import type { CategoryMetrics } from '../pipeline/evaluate.js';
import { complexityOf } from './complexity.js';
import type { Complexity } from './complexity.js';
import type { CurvePoint } from '../pipeline/curve.js';
import { trainAndEvaluate } from '../pipeline/train-and-evaluate.js';
import type { TrainingOverrides } from '../training/training-options.js';

/** One training of a sweep: what decides its numbers. Units that are alike are run once, whatever rows they are of. */
export interface Unit {
  readonly data: readonly string[];
  /** CIFAR-10's normal classes; absent for other data. */
  readonly normalClasses?: readonly number[];
  /** In the separate setting, the one category that is learned. */
  readonly category?: string;
  readonly config: ModelConfig;
  readonly training: TrainingOverrides;
  readonly trainPerCategory?: number;
  /** A file or folder, or `random`; absent for those in the box or downloaded. */
  readonly weights?: string;
  /** Epochs between evaluations while training, for a curve. */
  readonly curveEvery?: number;
  /** Counted instead of trained. */
  readonly complexity?: true;
}

/** What does not decide a unit's numbers. */
export interface UnitPlace {
  readonly folder: string;
  readonly cache: string;
  readonly device: DeviceName | 'auto';
}

/** What became of a unit. */
export interface UnitResult {
  readonly imageAuroc: number | null;
  readonly pixelAuroc: number | null;
  readonly categories: Readonly<Record<string, Pick<CategoryMetrics, 'imageAuroc' | 'pixelAuroc'>>>;
  readonly curve: readonly CurvePoint[];
  readonly complexity?: Complexity;
  readonly seconds: number;
}

const RESULT = 'result.json';

/** The same for units that give the same numbers. */
export function unitKey(unit: Unit): string {
  return createHash('sha256').update(JSON.stringify(unit)).digest('hex').slice(0, 12);
}

/** The data set of a unit, narrowed to its category. */
export async function openUnitData({ data, normalClasses, category }: Unit): Promise<Dataset> {
  const dataset = await openDataset(data, normalClasses ? { format: 'cifar-10', normal: normalClasses } : {});
  if (category === undefined) return dataset;
  return { ...dataset, categories: dataset.categories.filter(({ name }) => name === category) };
}

/** Trains and evaluates; an interrupted unit goes on from its checkpoint, and of a finished one the result alone is kept. */
export async function runUnit(
  unit: Unit,
  { folder, cache, device }: UnitPlace,
  signal?: AbortSignal,
): Promise<UnitResult> {
  if (unit.complexity) return countUnit(unit, folder, device);
  const run = join(folder, 'run');
  const { config, training, weights, trainPerCategory, curveEvery } = unit;
  const { name } = config.backbone;
  const options = {
    data: await openUnitData(unit),
    out: run,
    preset: 'paper' as const,
    config,
    training,
    weights: weights === 'random' ? randomWeights(name, new Generator(0)) : weights,
    trainPerCategory,
    device,
    cache,
    evaluateEvery: curveEvery,
    signal,
  };
  const resume = await hasCheckpoint(run);
  const { evaluation, seconds, curve } = await trainAndEvaluate({ ...options, resume, force: !resume });
  const { categories, mean } = evaluation;
  const orNull = (value: number) => (Number.isNaN(value) ? null : value);
  const result: UnitResult = {
    imageAuroc: orNull(mean.imageAuroc),
    pixelAuroc: orNull(mean.pixelAuroc),
    categories: Object.fromEntries(
      Object.entries(categories).map(([name, { imageAuroc, pixelAuroc }]) => [name, { imageAuroc, pixelAuroc }]),
    ),
    curve,
    seconds,
  };
  await writeAtomically(join(folder, RESULT), `${JSON.stringify(result, null, 2)}\n`);
  await rm(run, { recursive: true, force: true });
  return result;
}

async function countUnit(unit: Unit, folder: string, device: UnitPlace['device']): Promise<UnitResult> {
  await selectDevice(device);
  const complexity = await complexityOf(unit.config);
  const result = { imageAuroc: null, pixelAuroc: null, categories: {}, curve: [], complexity, seconds: 0 };
  await writeAtomically(join(folder, RESULT), `${JSON.stringify(result, null, 2)}\n`);
  return result;
}

const hasCheckpoint = (run: string) =>
  access(join(run, 'checkpoint.safetensors')).then(
    () => true,
    () => false,
  );

/** The result of a unit that was finished before. */
export async function readResult(folder: string): Promise<UnitResult | undefined> {
  const path = join(folder, RESULT);
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as UnitResult;
  } catch (error) {
    throw new RunError(
      `Expected the result of a training in ${path}: ${(error as Error).message}; delete it to run it again`,
    );
  }
}
