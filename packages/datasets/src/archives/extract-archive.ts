import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, rmdir, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { DatasetError } from '../errors.js';
import { refuseUnknownOptions, requireCount } from '../options.js';
import { readTar } from './read-tar.js';
import { readZip } from './read-zip.js';
import type { ArchiveEntry, Visit } from './entry.js';

/** What an archive may cost, who is told, and what stops it. */
export interface ExtractOptions {
  /** One million by default. */
  readonly maxEntries?: number;
  /** Of all files together; 256 GiB by default. */
  readonly maxBytes?: number;
  /** Told of the bytes of the archive that were read. */
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void;
  /** Stops it and leaves nothing behind. */
  readonly signal?: AbortSignal;
}

const endings = [
  { ending: /\.tar$/i, read: tar('none') },
  { ending: /\.(tar\.gz|tgz)$/i, read: tar('gzip') },
  { ending: /\.(tar\.xz|txz)$/i, read: tar('xz') },
  { ending: /\.zip$/i, read: readZip },
];

function tar(compression: Parameters<typeof readTar>[1]): typeof readZip {
  return (path, visit, options) => readTar(path, compression, visit, options);
}

/** Whether a file's name says that it is an archive which can be extracted. */
export function isArchiveName(path: string): boolean {
  return endings.some(({ ending }) => ending.test(path));
}

/** The name without its ending. */
export function archiveStem(path: string): string {
  return endings.reduce((name, { ending }) => name.replace(ending, ''), basename(path));
}

/**
 * Extracts a .tar, .tar.gz, .tar.xz or .zip into a new or empty folder, which appears only once it is complete.
 *
 * @throws DatasetError naming an entry that is a link or a device or would leave the folder, an archive beyond the limits, and
 *   one that is damaged; the signal's reason when aborted
 */
export async function extractArchive(archive: string, folder: string, options: ExtractOptions = {}): Promise<void> {
  refuseUnknownOptions(options, ['maxEntries', 'maxBytes', 'onProgress', 'signal']);
  const { maxEntries = 1e6, maxBytes = 256 * 2 ** 30, onProgress, signal } = options;
  requireCount(maxEntries, 'maxEntries');
  requireCount(maxBytes, 'maxBytes');
  const found = endings.find(({ ending }) => ending.test(archive));
  if (!found) throw new DatasetError(`Expected a .tar, .tar.gz, .tar.xz or .zip but received ${archive}`);
  const entry = await stat(archive).catch(() => undefined);
  if (!entry?.isFile())
    throw new DatasetError(`Expected an archive at ${archive} but found ${entry ? 'a folder' : 'nothing'}`);
  const target = resolve(folder);
  const existing = await readdir(target).catch(() => undefined);
  if (existing && existing.length > 0)
    throw new DatasetError(
      `Expected an empty or new folder at ${target} but found ${existing.length} entries in it, such as ${existing[0]}`,
    );
  const partial = join(dirname(target), `.${basename(target)}-${randomUUID()}`);
  await mkdir(partial, { recursive: true });
  try {
    let done = 0;
    const onBytes = (count: number) => onProgress?.({ done: Math.min((done += count), entry.size), total: entry.size });
    await found.read(archive, writerInto(partial, archive, { maxEntries, maxBytes }), { onBytes, signal });
    if (done < entry.size) onBytes(entry.size - done); // A zip's directory.
    if (existing) await rmdir(target);
    await rename(partial, target);
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    signal?.throwIfAborted();
    if (error instanceof DatasetError) throw error;
    throw new DatasetError(`Cannot extract ${archive}: ${(error as Error).message}`, { cause: error });
  }
}

/** Makes files and folders of entries, and nothing else of them. */
function writerInto(folder: string, archive: string, limits: { maxEntries: number; maxBytes: number }): Visit {
  let entries = 0;
  let bytes = 0;
  return async ({ name, kind, content }) => {
    const refuse = (expected: string, found: string): never => {
      throw new DatasetError(`Cannot extract ${archive}: expected ${expected} but ${found}`);
    };
    if (++entries > limits.maxEntries) refuse(`at most ${limits.maxEntries} entries`, 'it has more');
    if (kind !== 'file' && kind !== 'folder') refuse('files and folders alone', `${name} is a ${kind}`);
    const parts = partsInside(name) ?? refuse('paths inside of the folder', `found ${JSON.stringify(name)}`);
    const path = join(folder, ...parts);
    if (kind === 'folder') return void (await mkdir(path, { recursive: true }));
    if (parts.length === 0) refuse('a name for every file', `found ${JSON.stringify(name)}`);
    await mkdir(dirname(path), { recursive: true });
    // A name that stands there already fails: nothing is written through it.
    const file = await open(path, 'wx').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'EEXIST') return refuse('every file once', `found ${name} again`);
      throw error;
    });
    try {
      for await (const chunk of content) {
        bytes += chunk.byteLength;
        if (bytes > limits.maxBytes) refuse(`at most ${limits.maxBytes} bytes`, `${name} goes beyond`);
        await file.writeFile(chunk);
      }
    } finally {
      await file.close();
    }
  };
}

/** The names on the way to an entry; undefined for a path that could leave the folder on any system. */
function partsInside(name: ArchiveEntry['name']): string[] | undefined {
  const parts = name.split(/[/\\]/);
  const isAbsolute = /^([/\\]|[a-z]:)/i.test(name);
  if (isAbsolute || name.includes('\0') || parts.includes('..')) return undefined;
  return parts.filter((part) => part !== '' && part !== '.');
}
