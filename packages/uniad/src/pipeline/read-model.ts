import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { RunError } from '../errors.js';
import { writeAtomically } from '../files/write-atomically.js';
import { decodeModel, encodeModel, encodeModelJson, modelFileNames } from './model-files.js';
import type { ModelFiles, TrainedModel } from './model-files.js';

/** Files larger than this are no model of ours. */
const LARGEST_FILE = 2 ** 31;

/**
 * Reads a model from the folder that training wrote.
 *
 * @throws RunError when the folder or one of its files is missing, and what {@link decodeModel} throws
 */
export async function readModel(folder: string): Promise<TrainedModel> {
  const read = async (name: keyof ModelFiles): Promise<Uint8Array> => {
    const path = join(folder, name);
    const size = await stat(path).then(
      (entry) => entry.size,
      () => undefined,
    );
    if (size === undefined) throw new RunError(`Expected a trained model in ${folder} but found no ${name}`);
    if (size > LARGEST_FILE) throw new RunError(`Expected less than 2 GiB in ${path} but found ${size} bytes`);
    return readFile(path);
  };
  const files: ModelFiles = {
    'model.json': await read('model.json'),
    'model.safetensors': await read('model.safetensors'),
    'backbone.safetensors': await read('backbone.safetensors'),
  };
  return decodeModel(files, (name) => join(folder, name));
}

/** Writes a model's files into a folder. */
export async function saveModel(folder: string, model: TrainedModel): Promise<void> {
  const files = encodeModel(model);
  for (const name of modelFileNames) await writeAtomically(join(folder, name), files[name]);
}

/** Replaces the thresholds of a model in its folder: `model.json` alone. */
export async function saveThresholds(folder: string, model: TrainedModel): Promise<void> {
  await writeAtomically(join(folder, 'model.json'), encodeModelJson(model));
}
