import { stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
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
}

/** The names of all layouts that {@link openDataset} reads. */
export const datasetFormats: readonly string[] = readers.map(({ name }) => name);

/**
 * Finds the pictures of a dataset: good ones to learn from and others to test on, by category. Nothing is decoded.
 *
 * @param folders one, or several that are joined into one dataset
 * @throws DatasetError when a folder is of no known layout or not as its layout says
 */
export async function openDataset(
  folders: string | readonly string[],
  options: OpenDatasetOptions = {},
): Promise<Dataset> {
  refuseUnknownOptions(options, ['format', 'categories', 'normal']);
  if (typeof folders === 'string') return openFolder(folders, options);
  if (folders.length === 0) throw new DatasetError('Expected at least one folder but received none');
  const parts: DatasetPart[] = [];
  for (const folder of folders) parts.push({ folder, dataset: await openFolder(folder, options) });
  return joined(parts);
}

async function openFolder(folder: string, { format = 'auto', ...options }: OpenDatasetOptions): Promise<Dataset> {
  const root = await openRoot(folder);
  const reader = format === 'auto' ? await detect(root) : readerNamed(format);
  if (options.normal && reader.name !== 'cifar-10')
    throw new DatasetError(`Expected normal with the format cifar-10 only but ${root.path} is of ${reader.name}`);
  return { layout: reader.name, ...(await reader.read(root, options)) };
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

async function detect(root: Root): Promise<Reader> {
  const { listFile } = root;
  if (listFile !== undefined) return listReaders.find((reader) => reader.listFile!.test(listFile))!;
  for (const reader of readers) if (await reader.matches(root)) return reader;
  const expected = readers.map(({ name, expects }) => `${expects} (${name})`).join('; or ');
  throw new DatasetError(`Expected ${expected} in ${root.path} but found ${describe(await root.list())}`);
}
