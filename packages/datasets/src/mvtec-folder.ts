import { join, parse } from 'node:path';
import type { Category, Dataset, Sample } from './dataset.js';
import { DatasetError } from './errors.js';
import { describe, Root } from './folder.js';
import { refuseUnknownOptions } from './options.js';
import { chooseCategories, type FolderOptions } from './choose-categories.js';

export interface MvtecOptions extends FolderOptions {
  /** What to do about an anomalous picture without a mask: throw (the default), or warn and leave `maskPath` out. */
  readonly missingMasks?: 'refuse' | 'warn';
  /** Told of each picture without a mask; `console.warn` by default. */
  readonly onWarning?: (message: string) => void;
}

/** For messages. */
export const mvtecLayout =
  'CATEGORY/train/good/*.png, CATEGORY/test/DEFECT/*.png and CATEGORY/ground_truth/DEFECT/*_mask.png';

/**
 * Reads a folder in the layout of MVTec-AD: `CATEGORY/train/good`, `CATEGORY/test/DEFECT`, and masks at
 * `CATEGORY/ground_truth/DEFECT/NAME_mask.EXTENSION`.
 *
 * @throws DatasetError for a missing folder, another layout, a category without training pictures, an anomalous
 * picture without a mask, or a link that leads out of the folder
 */
export async function readMvtecFolder(folder: string, options: MvtecOptions = {}): Promise<Dataset> {
  refuseUnknownOptions(options, ['categories', 'missingMasks', 'onWarning']);
  const root = await Root.open(folder);
  const names = await mvtecCategories(root);
  if (names.length === 0)
    throw new DatasetError(`Expected ${mvtecLayout} in ${root.path} but found ${describe(await root.list())}`);
  const categories: Category[] = [];
  for (const name of chooseCategories(names, root, options)) categories.push(await readCategory(root, name, options));
  return { layout: 'mvtec', categories };
}

/** The names of the folders that hold a `train` folder. */
export async function mvtecCategories(root: Root): Promise<string[]> {
  const names: string[] = [];
  for (const name of (await root.list()).folders) {
    if ((await root.list(name)).folders.includes('train')) names.push(name);
  }
  return names;
}

async function readCategory(root: Root, category: string, options: MvtecOptions): Promise<Category> {
  const good = await root.list(category, 'train', 'good');
  if (good.pictures.length === 0)
    throw new DatasetError(`Expected pictures in ${good.path} but found ${describe(good)}`);
  const train = good.pictures.map((file) => sampleOf(root, [category, 'train', 'good', file]));
  const test: Sample[] = [];
  for (const defect of (await root.list(category, 'test')).folders) {
    const { pictures } = await root.list(category, 'test', defect);
    const samples = pictures.map((file) => sampleOf(root, [category, 'test', defect, file]));
    test.push(...(defect === 'good' ? samples : await withMasks(root, samples, options)));
  }
  return { name: category, train, test };
}

type SampleNames = [category: string, split: Sample['split'], defect: string, file: string];

function sampleOf(root: Root, names: SampleNames): Sample {
  const [category, split, defect] = names;
  return {
    path: join(root.path, ...names),
    id: names.join('/'),
    category,
    split,
    defect,
    anomalous: defect !== 'good',
  };
}

/** Adds the masks of one kind of defect, found by name whatever their extension. */
async function withMasks(
  root: Root,
  samples: readonly Sample[],
  { missingMasks = 'refuse', onWarning = console.warn }: MvtecOptions,
): Promise<Sample[]> {
  const [first] = samples;
  if (first === undefined) return [];
  const masks = await root.list(first.category, 'ground_truth', first.defect);
  const maskOf = new Map(masks.pictures.map((file) => [parse(file).name, join(masks.path, file)]));
  return samples.map((sample) => {
    const name = `${parse(sample.path).name}_mask`;
    const maskPath = maskOf.get(name);
    if (maskPath !== undefined) return { ...sample, maskPath };
    const message = `Expected a mask ${name} in ${masks.path} for ${sample.id} but found none`;
    if (missingMasks === 'refuse') throw new DatasetError(message);
    onWarning(message);
    return sample;
  });
}
