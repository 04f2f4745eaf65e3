import { basename, join, parse } from 'node:path';
import type { Category } from '../dataset.js';
import { DatasetError } from '../errors.js';
import { FileSample } from '../file-sample.js';
import { describe, type Root } from '../folder/folder.js';
import { survey } from '../folder/survey.js';
import { chooseCategories, type Reader } from './reader.js';

/** A layout of `CATEGORY/train/good`, `CATEGORY/test/DEFECT` and masks, under the names that a dataset gives to these. */
interface SplitLayout {
  readonly name: string;
  readonly expects: string;
  /** Folder of test pictures, within a category. */
  readonly test: string;
  /** Folder of masks, within a category; below it is a folder for each kind of defect. */
  readonly masks: readonly string[];
  readonly good: string;
  /** Tells it from its siblings, by what a category holds. */
  matches(root: Root, at: readonly string[]): Promise<boolean>;
}

/** The category's place below the root: the root itself, or a folder in it. */
interface Place {
  readonly name: string;
  readonly at: readonly string[];
}

export function splitReader(layout: SplitLayout): Reader {
  return {
    name: layout.name,
    expects: layout.expects,
    async matches(root) {
      for (const { at } of await placesOf(root)) if (await layout.matches(root, at)) return true;
      return false;
    },
    async read(root, { categories: wanted }) {
      const places = await placesOf(root);
      if (places.length === 0)
        throw new DatasetError(`Expected ${layout.expects} in ${root.path} but found ${describe(await root.list())}`);
      const names = places.map(({ name }) => name);
      const chosen = chooseCategories(names, root, wanted);
      const categories: Category[] = [];
      const samples: FileSample[] = [];
      for (const place of places.filter(({ name }) => chosen.includes(name))) {
        const [train, test] = [await readTrain(root, layout, place), await readTest(root, layout, place)];
        categories.push({ name: place.name, train, test });
        samples.push(...train, ...test);
      }
      const isWhole = places[0]!.at.length === 0;
      const leftOut = await survey(root, samples, {
        why: (folder) => whyUnread(layout, isWhole ? folder : names.includes(folder[0]!) ? folder.slice(1) : undefined),
        skip: ([first]) => !isWhole && names.includes(first!) && !chosen.includes(first!),
      });
      return { categories, leftOut };
    },
  };
}

/** Folders that hold a `train` folder; the root alone if it does. */
async function placesOf(root: Root): Promise<Place[]> {
  const isCategory = async (...names: string[]): Promise<boolean> =>
    (await root.list(...names)).folders.includes('train') && (await root.list(...names, 'train')).folders.length > 0;
  if (await isCategory()) return [{ name: basename(root.path), at: [] }];
  const places: Place[] = [];
  for (const name of (await root.list()).folders) if (await isCategory(name)) places.push({ name, at: [name] });
  return places;
}

async function readTrain(root: Root, { good }: SplitLayout, { name, at }: Place): Promise<FileSample[]> {
  const { path, pictures, ...contents } = await root.list(...at, 'train', good);
  if (pictures.length === 0)
    throw new DatasetError(`Expected pictures in ${path} but found ${describe({ path, pictures, ...contents })}`);
  return pictures.map(
    (file) =>
      new FileSample({
        id: [name, 'train', good, file].join('/'),
        path: join(path, file),
        category: name,
        split: 'train',
        defect: 'good',
        anomalous: false,
      }),
  );
}

async function readTest(root: Root, layout: SplitLayout, { name, at }: Place): Promise<FileSample[]> {
  const samples: FileSample[] = [];
  for (const defect of (await root.list(...at, layout.test)).folders) {
    const folder = [...at, layout.test, defect];
    if (join(...folder) === join(...at, ...layout.masks)) continue; // masks may lie beside the kinds of defect
    const anomalous = defect !== layout.good;
    const masksOf = anomalous ? await masksIn(root, [...at, ...layout.masks, defect]) : () => [];
    const { path, pictures } = await root.list(...folder);
    for (const file of pictures) {
      samples.push(
        new FileSample({
          id: [name, layout.test, defect, file].join('/'),
          path: join(path, file),
          category: name,
          split: 'test',
          defect: anomalous ? defect : 'good',
          anomalous,
          masks: masksOf(parse(file).name),
        }),
      );
    }
  }
  return samples;
}

/** Finds masks by a picture's name without extension: `NAME_mask.*` or `NAME.*`, or all files in a folder `NAME`. */
export async function masksIn(root: Root, names: readonly string[]): Promise<(picture: string) => string[]> {
  const { path, pictures, folders } = await root.list(...names);
  const masks = new Map<string, string[]>();
  for (const folder of folders) {
    const inner = await root.list(...names, folder);
    masks.set(
      folder,
      inner.pictures.map((file) => join(inner.path, file)),
    );
  }
  for (const file of pictures) masks.set(parse(file).name, [join(path, file)]);
  return (picture) => masks.get(`${picture}_mask`) ?? masks.get(picture) ?? [];
}

/** @param folder below the category; undefined for one that is in none */
function whyUnread({ name, test, masks, good }: SplitLayout, folder: readonly string[] | undefined): string {
  if (folder === undefined) return 'their kind has no train/ folder';
  const [first, second] = folder;
  if (first === 'train') return second === good ? `deeper than train/${good}` : `in train/, but not in train/${good}`;
  if (first === 'validation') return 'for validation, neither trained nor tested on';
  if (first?.startsWith('test_private')) return 'what is anomalous in them is not public';
  if (masks.every((part, i) => part === folder[i])) return 'masks of no anomalous picture';
  if (first === test) return `not directly in ${test}/DEFECT`;
  return `in no place of the layout ${name}`;
}

/** MVTec-AD, and MPDD, which is laid out like it. */
export const mvtec = splitReader({
  name: 'mvtec',
  expects: 'CATEGORY/train/good/*.png, CATEGORY/test/DEFECT/*.png and CATEGORY/ground_truth/DEFECT/*_mask.png',
  test: 'test',
  masks: ['ground_truth'],
  good: 'good',
  matches: async () => true, // the last of its siblings
});

export const mvtecAd2 = splitReader({
  name: 'mvtec-ad-2',
  expects: 'CATEGORY/train/good, CATEGORY/test_public/{good,bad} and CATEGORY/test_public/ground_truth/bad',
  test: 'test_public',
  masks: ['test_public', 'ground_truth'],
  good: 'good',
  matches: async (root, at) => (await root.list(...at)).folders.includes('test_public'),
});

/** A picture has a folder of masks, one for each of its defects. */
export const mvtecLoco = splitReader({
  name: 'mvtec-loco',
  expects:
    'CATEGORY/train/good, CATEGORY/test/{good,logical_anomalies,structural_anomalies} and CATEGORY/ground_truth/KIND/NAME/*.png',
  test: 'test',
  masks: ['ground_truth'],
  good: 'good',
  matches: async (root, at) =>
    (await root.list(...at, 'test')).folders.some(
      (name) => name === 'logical_anomalies' || name === 'structural_anomalies',
    ),
});

export const btad = splitReader({
  name: 'btad',
  expects: 'CATEGORY/train/ok, CATEGORY/test/{ok,ko} and CATEGORY/ground_truth/ko',
  test: 'test',
  masks: ['ground_truth'],
  good: 'ok',
  matches: async (root, at) => {
    const { folders } = await root.list(...at, 'train');
    return folders.includes('ok') && !folders.includes('good');
  },
});
