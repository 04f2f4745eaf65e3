import { readFile } from 'node:fs/promises';
import { readSafetensors, readStateDict, writeSafetensors } from '@uniad/nn';
import type { NamedTensor } from '@uniad/nn';
import { resolveConfig } from '../config.js';
import type { ConfigOverrides } from '../config.js';
import { RunError } from '../errors.js';
import { writeAtomically } from '../files/write-atomically.js';
import type { EpochLog, TrainingState } from '../training/gradient-descent.js';
import { learningRateSchedule } from '../training/learning-rate.js';
import type { TrainingOptions } from '../training/training-options.js';

/** What a run was started with. */
export interface RunOrigin {
  readonly training: TrainingOptions;
  /** Everything else that decides its numbers: configuration, device, weights, pictures. */
  readonly facts: Readonly<Record<string, unknown>>;
  /** Pictures that are learned from. */
  readonly pictures: number;
}

/**
 * Keeps an interrupted training in one file, so that its parts cannot disagree: parameters and optimizer as tensors,
 * the log and what the run was started with as metadata.
 */
export async function writeCheckpoint(path: string, state: TrainingState, origin: RunOrigin): Promise<void> {
  const tensors: Record<string, NamedTensor> = {};
  for (const part of ['model', 'optimizer'] as const) {
    for (const [name, tensor] of Object.entries(state[part])) tensors[`${part}.${name}`] = tensor;
  }
  const metadata = { origin: JSON.stringify(origin), log: JSON.stringify(state.log) };
  await writeAtomically(path, writeSafetensors(tensors, metadata));
}

/**
 * Reads what {@link writeCheckpoint} wrote.
 *
 * @param origin of the run that is to go on from there
 * @throws RunError when the file is damaged or belongs to a run that would have had other numbers
 */
export async function readCheckpoint(path: string, origin: RunOrigin): Promise<TrainingState> {
  const { state, before } = await parse(path);
  const differing = Object.entries(origin.facts)
    .filter(([key, value]) => JSON.stringify(before.facts[key]) !== JSON.stringify(value))
    .map(([key, value]) => describe(key, before.facts[key], value));
  const { epochs: _, ...old } = before.training;
  for (const [key, value] of Object.entries(old)) {
    const now = origin.training[key as keyof TrainingOptions];
    if (now !== value) differing.push(describe(key, value, now));
  }
  if (differing.length > 0) {
    throw new RunError(
      `Expected the run in ${path} to come from the same settings and pictures, but ${differing.join(', ')}; train into a new folder, or anew with force`,
    );
  }
  requireSameSchedule(state.log.length, before.training, origin);
  return state;
}

function describe(key: string, before: unknown, now: unknown): string {
  const isLong = [before, now].some((value) => typeof value === 'object' || String(value).length > 30);
  return isLong ? `${key} differ` : `${key} was ${JSON.stringify(before)} and is ${JSON.stringify(now)}`;
}

/** More, or fewer, epochs are fine where the finished ones would have had the same learning rates. */
function requireSameSchedule(done: number, before: TrainingOptions, { training, pictures }: RunOrigin): void {
  if (before.epochs === training.epochs) return;
  if (training.epochs < done) {
    throw new RunError(`Expected at least the ${done} epochs that are done for epochs but received ${training.epochs}`);
  }
  const batches = Math.ceil(pictures / training.batchSize);
  const [rateBefore, rateNow] = [learningRateSchedule(before, batches), learningRateSchedule(training, batches)];
  for (let step = 0; step < done * batches; step++) {
    if (rateBefore(step) === rateNow(step)) continue;
    const epoch = Math.floor(step / batches) + 1;
    throw new RunError(
      `Expected ${before.epochs} epochs, as the run was started with, but received ${training.epochs}: the schedule "${training.schedule}" of ${training.epochs} epochs would have given epoch ${epoch} another learning rate; train into a new folder, or anew with force`,
    );
  }
}

/** A setting that came into the configuration after the run was started had its default, which changes nothing. */
function withLaterSettings({ input, device, weights, pictures, ...config }: RunOrigin['facts']): RunOrigin['facts'] {
  return { ...resolveConfig(config as ConfigOverrides), input, device, weights, pictures };
}

async function parse(path: string): Promise<{ state: TrainingState; before: RunOrigin }> {
  try {
    const bytes = await readFile(path);
    const { metadata } = readSafetensors(bytes);
    const empty = () => Object.create(null) as Record<string, NamedTensor>; // Names come from a file: none may be a prototype's.
    const parts = { model: empty(), optimizer: empty() };
    for (const [name, tensor] of Object.entries(readStateDict(bytes))) {
      const part = name.startsWith('model.') ? 'model' : 'optimizer';
      parts[part][name.slice(part.length + 1)] = tensor;
    }
    const before = JSON.parse(metadata.origin ?? 'null') as RunOrigin | null;
    const log = JSON.parse(metadata.log ?? 'null') as EpochLog[] | null;
    if (!before?.training || !before.facts || !Array.isArray(log))
      throw new Error('it does not say what it belongs to');
    return { state: { ...parts, log }, before: { ...before, facts: withLaterSettings(before.facts) } };
  } catch (error) {
    throw new RunError(
      `Expected a checkpoint in ${path}: ${error instanceof Error ? error.message : String(error)}; train anew with force`,
    );
  }
}
