import { readFile } from 'node:fs/promises';
import { readSafetensors, readStateDict, writeSafetensors } from '@uniad/nn';
import type { NamedTensor } from '@uniad/nn';
import { RunError } from '../errors.js';
import { writeAtomically } from '../files/write-atomically.js';
import type { EpochLog, TrainingState } from './fit.js';

/**
 * Keeps an interrupted training in one file, so that its parts cannot disagree: parameters and optimizer as tensors,
 * the log and what the run was started with as metadata.
 *
 * @param fingerprint all that a resumed run must have in common with this one
 */
export async function writeCheckpoint(path: string, state: TrainingState, fingerprint: string): Promise<void> {
  const tensors: Record<string, NamedTensor> = {};
  for (const part of ['model', 'optimizer'] as const) {
    for (const [name, tensor] of Object.entries(state[part])) tensors[`${part}.${name}`] = tensor;
  }
  await writeAtomically(path, writeSafetensors(tensors, { fingerprint, log: JSON.stringify(state.log) }));
}

/**
 * Reads what {@link writeCheckpoint} wrote.
 *
 * @throws RunError when the file is damaged or belongs to a run with another fingerprint
 */
export async function readCheckpoint(path: string, fingerprint: string): Promise<TrainingState> {
  const bytes = await readFile(path);
  const { metadata } = readSafetensors(bytes);
  if (metadata.fingerprint !== fingerprint) {
    throw new RunError(
      `Expected ${path} to come from the same configuration, options and pictures, but ${difference(metadata.fingerprint ?? '{}', fingerprint)}; train into a new folder, or without --resume`,
    );
  }
  const empty = () => Object.create(null) as Record<string, NamedTensor>; // Names come from a file: none may be a prototype's.
  const parts = { model: empty(), optimizer: empty() };
  for (const [name, tensor] of Object.entries(readStateDict(bytes))) {
    const part = name.startsWith('model.') ? 'model' : 'optimizer';
    parts[part][name.slice(part.length + 1)] = tensor;
  }
  return { ...parts, log: JSON.parse(metadata.log ?? '[]') as EpochLog[] };
}

/** Names the first entries in which two fingerprints differ. */
function difference(before: string, now: string): string {
  const old = JSON.parse(before) as Record<string, unknown>;
  const differing = Object.entries(JSON.parse(now) as Record<string, unknown>)
    .filter(([key, value]) => JSON.stringify(old[key]) !== JSON.stringify(value))
    .map(([key, value]) =>
      typeof value === 'object' ? key : `${key} was ${JSON.stringify(old[key])} and is ${JSON.stringify(value)}`,
    );
  return differing.join(', ') || 'it does not';
}
