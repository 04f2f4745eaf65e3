import { stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { isArchiveName, type ExtractOptions } from './archives/extract-archive.js';
import { extracted } from './archives/extracted.js';
import { defaultCache } from './cache-folder.js';
import type { Dataset } from './dataset.js';
import { DatasetError } from './errors.js';
import { describe, Root } from './folder/folder.js';
import { joined, type DatasetPart } from './join.js';
import { readers } from './layouts/index.js';
import type { Reader, ReadOptions } from './layouts/reader.js';
import { refuseUnknownOptions } from './options.js';

/** How a data set is read. */
export interface OpenDatasetOptions extends ReadOptions {
  /** The layout's name; by default the first that matches. */
  readonly format?: string;
  /** Where archives are extracted, below `datasets`; UNIAD_CACHE or `~/.cache/uniad` by default. */
  readonly cache?: string;
  /** Told how far the extracting of an archive has come, in its bytes. */
  readonly onProgress?: ExtractOptions['onProgress'];
  /** Stops the extracting. */
  readonly signal?: AbortSignal;
}

/** The names of all layouts that {@link openDataset} reads. */
export const datasetFormats: readonly string[] = readers.map(({ name }) => name);

/**
 * Finds the pictures of a dataset: good ones to learn from and others to test on, by category. Nothing is decoded.
 *
 * @param folders one, or several that are joined into one dataset; an archive or a list of pictures in place of a folder
 * @throws DatasetError when a folder is of no known layout or not as its layout says
 */
export async function openDataset(
  folders: string | readonly string[],
  options: OpenDatasetOptions = {},
): Promise<Dataset> {
  refuseUnknownOptions(options, ['format', 'categories', 'normal', 'cache', 'onProgress', 'signal']);
  if (typeof folders === 'string') return openFolder(folders, options);
  if (folders.length === 0) throw new DatasetError('Expected at least one folder but received none');
  const parts: DatasetPart[] = [];
  for (const folder of folders) parts.push({ folder, dataset: await openFolder(folder, options) });
  return joined(parts);
}

async function openFolder(path: string, options: OpenDatasetOptions): Promise<Dataset> {
  const { format = 'auto', cache = defaultCache, onProgress, signal, ...reading } = options;
  const isArchive = isArchiveName(path) && (await isFile(path));
  const extracting = { ...(onProgress && { onProgress }), ...(signal && { signal }) };
  let root = isArchive ? await Root.open(await extracted(path, cache, extracting)) : await openRoot(path);
  let reader = format === 'auto' ? await detect(root) : readerNamed(format);
  // An archive often holds one folder, and that the data set.
  while (isArchive && !(reader && (await reader.matches(root)))) {
    const { folders, pictures } = await root.list();
    if (folders.length !== 1 || pictures.length > 0) break;
    root = await Root.open(join(root.path, folders[0]!));
    if (format === 'auto') reader = await detect(root);
  }
  if (!reader) {
    const layouts = readers.map(({ name, expects }) => `\n  ${name}: ${expects}`).join('');
    const found = describe(await root.list());
    throw new DatasetError(`Expected a data set in ${root.path} but found ${found}; one of these is needed:${layouts}`);
  }
  if (reading.normal && reader.name !== 'cifar-10')
    throw new DatasetError(`Expected normal with the format cifar-10 only but ${root.path} is of ${reader.name}`);
  return { layout: reader.name, ...(await reader.read(root, reading)) };
}

/** A list of pictures can be given in place of the folder that it lies in. */
async function openRoot(path: string): Promise<Root> {
  const isList = listReaders.some(({ listFile }) => listFile!.test(path)) && (await isFile(path));
  return isList ? Root.open(dirname(path), basename(path)) : Root.open(path);
}

const listReaders = readers.filter(({ listFile }) => listFile !== undefined);

const isFile = (path: string): Promise<boolean> =>
  stat(path).then(
    (entry) => entry.isFile(),
    () => false,
  );

function readerNamed(format: string): Reader {
  const reader = readers.find(({ name }) => name === format);
  if (!reader)
    throw new DatasetError(`Expected a format among auto, ${datasetFormats.join(', ')} but received ${format}`);
  return reader;
}

/** The first reader that knows the folder. */
async function detect(root: Root): Promise<Reader | undefined> {
  const { listFile } = root;
  if (listFile !== undefined) return listReaders.find((reader) => reader.listFile!.test(listFile));
  for (const reader of readers) if (await reader.matches(root)) return reader;
  return undefined;
}
