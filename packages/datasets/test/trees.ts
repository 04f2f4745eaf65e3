import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DatasetError, type LeftOut } from '../src/index.js';
import { put } from './temporary-folder.js';

/** Makes new folders that hold an (unreadable) file at each of these paths: reading a layout decodes nothing. */
export function trees(folder: { readonly path: string }): (name: string, ...paths: string[]) => Promise<string> {
  return async (name, ...paths) => {
    const root = join(folder.path, name);
    await mkdir(root, { recursive: true });
    for (const path of paths) await put('', root, path);
    return root;
  };
}

/** The message of the DatasetError that reading must end in. */
export async function refusal(reading: Promise<unknown>): Promise<string> {
  const error: unknown = await reading.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(DatasetError);
  return (error as DatasetError).message;
}

/** A line for each reason, sorted. */
export function summary(leftOut: readonly LeftOut[]): string[] {
  return leftOut.map(({ what, why, count, examples }) => `${count} ${what}: ${why} (${examples.join(', ')})`).sort();
}
