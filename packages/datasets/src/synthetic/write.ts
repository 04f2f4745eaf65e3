import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import sharp from 'sharp';
import { DatasetError } from '../errors.js';
import { refuseUnknownOptions } from '../options.js';
import {
  setOptionNames,
  type SyntheticSample,
  syntheticSet,
  type SyntheticSetOptions,
  syntheticSetSize,
} from './set.js';

/** What is drawn, who is told, and what stops it. */
export interface WriteSyntheticSetOptions extends SyntheticSetOptions {
  /** Told after each picture. */
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void;
  /** Stops between two pictures and leaves nothing behind. */
  readonly signal?: AbortSignal;
}

/**
 * Draws a set into a folder in the layout of MVTec-AD: `KIND/train/good/000.png`, `KIND/test/DEFECT/000.png` and
 * `KIND/ground_truth/DEFECT/000_mask.png`. The folder appears only once it is complete.
 *
 * @throws DatasetError for a folder that is not empty and for options that `syntheticSet` refuses; the signal's reason when aborted
 */
export async function writeSyntheticSet(out: string, options: WriteSyntheticSetOptions = {}): Promise<void> {
  const { onProgress, signal, ...set } = options;
  refuseUnknownOptions(set, [...setOptionNames, 'onProgress', 'signal']);
  const samples = syntheticSet(set);
  const total = syntheticSetSize(set);
  const folder = resolve(out);
  const existed = await requireEmpty(folder);

  const partial = join(dirname(folder), `.${basename(folder)}-${randomUUID()}`);
  await mkdir(partial, { recursive: true });
  try {
    const numbers = new Map<string, number>();
    let done = 0;
    for (const sample of samples) {
      signal?.throwIfAborted();
      const place = join(sample.category, sample.split, sample.defect);
      const number = numbers.get(place) ?? 0;
      if (number === 0) await mkdir(join(partial, place), { recursive: true });
      numbers.set(place, number + 1);
      await writeSample(partial, sample, String(number).padStart(3, '0'));
      onProgress?.({ done: ++done, total });
    }
    signal?.throwIfAborted();
    // Windows does not rename over a folder, not even an empty one.
    if (existed) await rmdir(folder);
    await rename(partial, folder);
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    throw error;
  }
}

/** Whether the folder is there already; it may be, if nothing is in it. */
async function requireEmpty(folder: string): Promise<boolean> {
  let entries: string[];
  try {
    entries = await readdir(folder);
  } catch (error) {
    const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT') return false;
    if (code === 'ENOTDIR') throw new DatasetError(`Expected a folder at ${folder} but found a file`);
    throw error;
  }
  if (entries.length > 0)
    throw new DatasetError(
      `Expected an empty or new folder at ${folder} but found ${entries.length} entries in it, such as ${entries[0]}`,
    );
  return true;
}

async function writeSample(root: string, sample: SyntheticSample, name: string): Promise<void> {
  const { category, split, defect, width, height, data, mask } = sample;
  await sharp(data, { raw: { width, height, channels: 3 } })
    .png()
    .toFile(join(root, category, split, defect, `${name}.png`));
  if (defect === 'good') return;
  const truth = join(root, category, 'ground_truth', defect);
  await mkdir(truth, { recursive: true });
  const white = mask.map((marked) => 255 * marked);
  await sharp(white, { raw: { width, height, channels: 1 } })
    .toColourspace('b-w')
    .png()
    .toFile(join(truth, `${name}_mask.png`));
}
