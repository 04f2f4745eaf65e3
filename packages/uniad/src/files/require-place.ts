import { stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { isPictureName } from '@uniad/datasets';
import { RunError } from '../errors.js';

/**
 * Makes sure, before the work that is to end there, that a file or a folder can stand at a path; absent paths are fine.
 *
 * @throws RunError when something of the other sort is there, a file is where a folder above it should be, or a picture would be
 *   written over
 */
export async function requirePlace(kind: 'file' | 'folder', path: string | undefined): Promise<void> {
  if (path === undefined) return;
  const entry = await stat(path).catch(() => undefined);
  if (entry && entry.isDirectory() !== (kind === 'folder'))
    throw new RunError(`Expected a ${kind} at ${path} but found a ${entry.isDirectory() ? 'folder' : 'file'}`);
  if (entry && kind === 'file' && isPictureName(path))
    throw new RunError(`Expected a place for a file that is no picture but ${path} is one, and would be lost`);
  if (!entry && dirname(resolve(path)) !== resolve(path)) await requirePlace('folder', dirname(resolve(path)));
}
