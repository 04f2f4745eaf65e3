import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { LeftOut } from '../dataset.js';
import { DatasetError } from '../errors.js';
import { FileSample } from '../file-sample.js';
import type { Root } from '../folder/folder.js';
import { LeftOutList } from '../folder/left-out.js';
import { isPictureName, pictureFormats } from '../pictures/picture-format.js';
import { chooseCategories, groupByCategory, isHeldOut, type ReadOptions } from './reader.js';

/** A picture as a list names it. */
export interface ListEntry {
  /** File and line, for messages. */
  readonly where: string;
  /** Relative to the folder of the pictures. */
  readonly image: string;
  readonly category: string;
  /** Undefined where the list does not say. */
  readonly split: 'train' | 'test' | 'validation' | undefined;
  /** `good`, or the kind of defect. */
  readonly defect: string;
  readonly anomalous: boolean;
  /** Relative to the folder of the pictures. */
  readonly masks: readonly string[];
}

/** Larger lists are not read: ten million pictures would fit. */
const MAX_LIST_BYTES = 2 ** 30;

/** The text of a list. Throws DatasetError for one that is not there or too large. */
export async function readList(root: Root, name: string): Promise<string> {
  const path = join(root.path, name);
  const entry = await stat(path).catch(() => undefined);
  if (!entry?.isFile()) throw new DatasetError(`Expected a list of pictures at ${path} but found nothing`);
  if (entry.size > MAX_LIST_BYTES)
    throw new DatasetError(`Expected a list of at most ${MAX_LIST_BYTES} bytes at ${path} but it has ${entry.size}`);
  return readFile(path, 'utf8');
}

/**
 * The pictures of a list as a data set. Where it does not say what is for testing, that is every anomalous picture, and every
 * fifth good one of a category that has anomalous ones.
 *
 * @throws DatasetError naming file, line and entry for a path that leads out of the folder or nowhere, and a picture named twice
 */
export async function readEntries(
  root: Root,
  entries: readonly ListEntry[],
  { categories: wanted }: ReadOptions,
): Promise<{ categories: ReturnType<typeof groupByCategory>; leftOut: LeftOut[] }> {
  const names = [...new Set(entries.map(({ category }) => category))];
  const chosen = new Set(chooseCategories(names, root, wanted));
  const base = await folderOfPictures(root, entries);
  const withAnomalous = new Set(entries.filter(({ anomalous }) => anomalous).map(({ category }) => category));
  const leftOut = new LeftOutList();
  const lines = new Map<string, string>(); // path -> where
  const goodSoFar = new Map<string, number>();
  const samples: FileSample[] = [];
  for (const { where, image, category, split: given, defect, anomalous, masks } of entries) {
    const path = await root.inside(base + image, where);
    const before = lines.get(path);
    if (before !== undefined) throw new DatasetError(`${where}: expected ${image} once but it is in ${before} as well`);
    lines.set(path, where);
    if (!chosen.has(category)) continue;
    const paths: string[] = [];
    for (const mask of anomalous ? masks : []) paths.push(await root.inside(base + mask, where));
    const id = image.replaceAll('\\', '/').replace(/^(\.?\/)+/, '');
    const good = goodSoFar.get(category) ?? 0;
    if (!anomalous) goodSoFar.set(category, good + 1);
    const split = given ?? (anomalous || isHeldOut(good, withAnomalous.has(category)) ? 'test' : 'train');
    if (!isPictureName(image)) leftOut.add('files', `not ${pictureFormats.join(', ')}`, id);
    else if (split === 'validation') leftOut.add('pictures', 'for validation, neither trained nor tested on', id);
    else if (split === 'train' && anomalous) leftOut.add('training pictures', 'anomalous', id);
    else {
      if (anomalous && paths.length === 0)
        leftOut.add('masks', 'these anomalous pictures have none and count for image metrics only', id);
      samples.push(new FileSample({ id, path, category, split, defect, anomalous, masks: paths }));
    }
  }
  return { categories: groupByCategory(samples), leftOut: leftOut.all() };
}

/** What comes before every path: nothing, or the sub-folder in which the first picture is, as `mvtec_anomaly_detection/`. */
async function folderOfPictures(root: Root, [first]: readonly ListEntry[]): Promise<string> {
  if (first === undefined) return '';
  for (const folder of ['', ...(await root.list()).folders.map((name) => `${name}/`)]) {
    const isThere = await root.inside(folder + first.image, first.where).catch(() => undefined);
    if (isThere !== undefined) return folder;
  }
  return ''; // Reading it says what is wrong.
}

/** `train` or `test` where a list's name says so. */
export function splitOfName(name: string): 'train' | 'test' | undefined {
  if (/^train/i.test(name)) return 'train';
  return /^test/i.test(name) ? 'test' : undefined;
}
