import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { RunError } from '../errors.js';
import { writeAtomically } from '../files/write-atomically.js';
import { resolveTraining } from '../training/training-options.js';
import type { TrainingOptions } from '../training/training-options.js';
import { notNegative, that, validate } from '../validate.js';

const schema = v.object({
  options: that<TrainingOptions>('an object', (value) => typeof value === 'object' && value !== null),
  device: v.string('a text'),
  /** Good pictures that were learned from. */
  pictures: notNegative,
  /** Good pictures that set the threshold. */
  heldOut: notNegative,
  /** Parts of those learned that set it instead, each scored by a model without it. */
  folds: v.optional(notNegative),
  /** Of the epochs, interruptions left out. */
  seconds: notNegative,
  /** The folder of pictures, as it was given. */
  data: v.optional(v.string('a text')),
  /** When it was finished, as ISO 8601. */
  finished: v.optional(that<string>('a date', (value) => !Number.isNaN(Date.parse(String(value))))),
});

/** How a model was made, for people; nothing is computed from it. */
export type TrainingRecord = Readonly<v.InferOutput<typeof schema>>;

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
  const fail = (message: string) => new RunError(`Expected the record of a training in ${path}: ${message}`);
  try {
    const record = validate(schema, JSON.parse(text), 'the record', fail);
    return { ...record, options: resolveTraining(record.options) };
  } catch (error) {
    throw error instanceof RunError ? error : fail(error instanceof Error ? error.message : String(error));
  }
}
