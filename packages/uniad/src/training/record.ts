import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RunError } from '../errors.js';
import { writeAtomically } from '../files/write-atomically.js';
import type { TrainingOptions } from './options.js';
import { resolveTraining } from './options.js';

/** How a model was made, for people; nothing is computed from it. */
export interface TrainingRecord {
  readonly options: TrainingOptions;
  readonly device: string;
  /** Good pictures that were learned from. */
  readonly pictures: number;
  /** Good pictures that set the threshold. */
  readonly heldOut: number;
  /** Of the epochs, interruptions left out. */
  readonly seconds: number;
}

const FILE = 'training.json';

export async function writeTrainingRecord(run: string, record: TrainingRecord): Promise<void> {
  await writeAtomically(join(run, FILE), `${JSON.stringify(record, null, 2)}\n`);
}

/**
 * The record in a run's folder; undefined when there is none.
 *
 * @throws RunError when the file is damaged
 */
export async function readTrainingRecord(run: string): Promise<TrainingRecord | undefined> {
  const path = join(run, FILE);
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  try {
    const { options, device, pictures, heldOut, seconds } = JSON.parse(text) as TrainingRecord;
    const counts = [pictures, heldOut, seconds].every((value) => Number.isFinite(value) && value >= 0);
    if (!counts || typeof device !== 'string') throw new Error('expected device, pictures, heldOut and seconds');
    return { options: resolveTraining(options), device, pictures, heldOut, seconds };
  } catch (error) {
    throw new RunError(
      `Expected the record of a training in ${path}: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}
