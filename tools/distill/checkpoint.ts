import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { readSafetensors, readStateDict, writeSafetensors } from '@uniad/nn';
import type { StateDict } from '@uniad/nn';
import type { DistillOptions } from './options.js';

/** All that a run needs to go on: random pictures follow from the seed and the step. */
export interface Checkpoint {
  readonly step: number;
  /** Running mean of the loss of each stage. */
  readonly loss: readonly number[];
  readonly state: StateDict;
}

export async function writeCheckpoint(
  file: string,
  { step, loss, state }: Checkpoint,
  options: DistillOptions,
): Promise<void> {
  await writeAtomically(
    file,
    writeSafetensors(state, { step: String(step), loss: JSON.stringify(loss), recipe: recipeOf(options) }),
  );
}

/** `undefined` when there is none yet; throws when it comes from other options, which could not be gone on with exactly. */
export async function readCheckpoint(file: string, options: DistillOptions): Promise<Checkpoint | undefined> {
  if (!existsSync(file)) return undefined;
  const bytes = await readFile(file);
  const { metadata } = readSafetensors(bytes);
  if (metadata['recipe'] !== recipeOf(options)) {
    throw new Error(
      `Expected a checkpoint of ${recipeOf(options)} in ${file} but received one of ${metadata['recipe']}`,
    );
  }
  return {
    step: Number(metadata['step']),
    loss: JSON.parse(metadata['loss']!) as number[],
    state: readStateDict(bytes),
  };
}

/** Writes beside the file and renames, so that a run killed at any moment leaves a whole one. */
export async function writeAtomically(file: string, content: Uint8Array): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(`${file}.partial`, content, { flush: true });
  await rename(`${file}.partial`, file);
}

function recipeOf({ steps, batch, size, rate, warmUp, weightDecay, synthetic, drawn, seed }: DistillOptions): string {
  return JSON.stringify({ steps, batch, size, rate, warmUp, weightDecay, synthetic, drawn, seed });
}
