import { mkdir, readdir, realpath, stat, writeFile } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { OUTPUT_MARKER } from '@uniad/datasets';
import { RunError } from '../errors.js';
import { requirePlace } from './require-place.js';

/** What a command reads and must never write over; links and other spellings of a path are seen through. */
export class Inputs {
  private readonly files = new Map<string, string>(); // device and inode -> path

  async add(paths: readonly string[]): Promise<this> {
    for (const path of paths) {
      const key = await identity(path);
      if (key !== undefined) this.files.set(key, path);
    }
    return this;
  }

  /** @throws RunError when something that was read stands where something is to be written */
  async refuse(paths: readonly string[]): Promise<void> {
    for (const path of paths) {
      const key = await identity(path);
      const input = key === undefined ? undefined : this.files.get(key);
      if (input !== undefined) {
        throw new RunError(`Expected a place for ${path} that holds no input, but it would overwrite ${input}`);
      }
    }
  }
}

async function identity(path: string): Promise<string | undefined> {
  const entry = await stat(path, { bigint: true }).catch(() => undefined);
  return entry?.isFile() ? `${entry.dev}:${entry.ino}` : undefined;
}

/**
 * Makes a folder ready for pictures that are written: a new or empty one is marked, so that it is not taken for data when
 * the folder around it is read.
 *
 * @param inputs folders and files that are read
 * @throws RunError where its pictures would stand, unmarked, among those that are read
 */
export async function openOutputFolder(folder: string, inputs: readonly string[]): Promise<void> {
  await requirePlace('folder', folder);
  await mkdir(folder, { recursive: true });
  const names = await readdir(folder);
  if (names.includes(OUTPUT_MARKER)) return;
  if (names.length === 0) return writeFile(join(folder, OUTPUT_MARKER), '');
  const place = await realpath(folder);
  for (const input of inputs) {
    const entry = await stat(input).catch(() => undefined);
    if (!entry) continue;
    const from = await realpath(entry.isDirectory() ? input : dirname(input));
    if (place === from || place.startsWith(`${from}${sep}`)) {
      throw new RunError(
        `Expected a new or empty folder for what is written but ${folder} holds ${names[0]}, among the pictures that are read`,
      );
    }
  }
}
