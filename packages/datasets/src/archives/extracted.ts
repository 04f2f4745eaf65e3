import { createHash } from 'node:crypto';
import { realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DatasetError } from '../errors.js';
import { archiveStem, extractArchive, type ExtractOptions } from './extract-archive.js';

/**
 * The folder in the cache that an archive is extracted into, once: the same file is not extracted again.
 *
 * @throws what {@link extractArchive} throws
 */
export async function extracted(archive: string, cache: string, options: ExtractOptions): Promise<string> {
  const entry = await stat(archive).catch(() => undefined);
  if (!entry?.isFile())
    throw new DatasetError(`Expected an archive at ${archive} but found ${entry ? 'a folder' : 'nothing'}`);
  const identity = JSON.stringify([await realpath(archive), entry.size, entry.mtimeMs]);
  const key = createHash('sha256').update(identity).digest('hex').slice(0, 16);
  const folder = join(cache, 'datasets', key, archiveStem(archive));
  if (await isFolder(folder)) return folder;
  try {
    await extractArchive(archive, folder, options);
  } catch (error) {
    // Another run may have been faster.
    if (!(await isFolder(folder))) throw error;
  }
  return folder;
}

const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (entry) => entry.isDirectory(),
    () => false,
  );
