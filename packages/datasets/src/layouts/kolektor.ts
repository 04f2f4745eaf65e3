import { basename, join, parse } from 'node:path';
import { DatasetError } from '../errors.js';
import { FileSample, type FileSampleFields } from '../file-sample.js';
import { describe, type Root } from '../folder/folder.js';
import { LeftOutList } from '../folder/left-out.js';
import { survey } from '../folder/survey.js';
import { decodeMask } from '../masks/decode-mask.js';
import { limitsOf } from '../pictures/picture-file.js';
import { chooseCategories, groupByCategory, isHeldOut, type Reader } from './reader.js';

/** KolektorSDD: `kos01/Part0.jpg` beside `kos01/Part0_label.bmp`. It has no split: every fifth part's good pictures are for testing. */
export const kolektorSdd: Reader = {
  name: 'kolektor-sdd',
  expects: 'kos01/Part0.jpg beside kos01/Part0_label.bmp',
  matches: async (root) => (await itemsOf(root)).length > 0,
  async read(root, { categories }) {
    const items = await itemsOf(root);
    if (items.length === 0) await refuse(root, kolektorSdd.expects);
    const pairs: Pair[] = [];
    for (const [i, item] of items.entries()) {
      const split = isHeldOut(i, true) ? 'test' : 'train';
      pairs.push(...(await pairsIn(root, item, '_label', split)));
    }
    return readPairs(root, pairs, categories, ({ anomalous, split }) => (anomalous ? 'test' : split));
  },
};

/** KolektorSDD2: `train/10000.png` beside `train/10000_GT.png`, and the same in `test`. */
export const kolektorSdd2: Reader = {
  name: 'kolektor-sdd-2',
  expects: 'train/10000.png beside train/10000_GT.png, and the same in test/',
  matches: async (root) => (await root.list('train')).pictures.some((name) => parse(name).name.endsWith('_GT')),
  async read(root, { categories }) {
    const pairs = [...(await pairsIn(root, 'train', '_GT', 'train')), ...(await pairsIn(root, 'test', '_GT', 'test'))];
    if (pairs.length === 0) await refuse(root, kolektorSdd2.expects);
    return readPairs(root, pairs, categories, ({ split }) => split);
  },
};

async function refuse(root: Root, expects: string): Promise<never> {
  throw new DatasetError(`Expected ${expects} in ${root.path} but found ${describe(await root.list())}`);
}

async function itemsOf(root: Root): Promise<string[]> {
  const items: string[] = [];
  for (const name of (await root.list()).folders) {
    const { pictures } = await root.list(name);
    if (pictures.some((file) => /^Part\d+_label$/.test(parse(file).name))) items.push(name);
  }
  return items;
}

interface Pair {
  readonly id: string;
  readonly path: string;
  readonly mask: string;
  readonly split: 'train' | 'test';
}

/** Pictures and their masks, which stand beside them under their name and an ending. */
async function pairsIn(root: Root, folder: string, ending: string, split: 'train' | 'test'): Promise<Pair[]> {
  const { path, pictures } = await root.list(folder);
  const masks = new Map(pictures.map((file) => [parse(file).name, file]));
  return pictures
    .filter((file) => !parse(file).name.endsWith(ending))
    .map((file) => {
      const mask = masks.get(parse(file).name + ending);
      if (mask === undefined)
        throw new DatasetError(`Expected a mask ${parse(file).name}${ending} of ${join(path, file)} but found none`);
      return { id: `${folder}/${file}`, path: join(path, file), mask: join(path, mask), split };
    });
}

/** The masks alone say which picture is anomalous, so that they are read here. */
async function readPairs(
  root: Root,
  pairs: readonly Pair[],
  wanted: readonly string[] | undefined,
  splitOf: (sample: { readonly anomalous: boolean; readonly split: 'train' | 'test' }) => 'train' | 'test',
): ReturnType<Reader['read']> {
  const category = basename(root.path);
  chooseCategories([category], root, wanted);
  const leftOut = new LeftOutList();
  const samples: FileSample[] = [];
  const seen: FileSample[] = [];
  for (const { id, path, mask, split: own } of pairs) {
    const anomalous = (await decodeMask(mask, limitsOf())).marked.includes(1);
    const split = splitOf({ anomalous, split: own });
    const fields: FileSampleFields = {
      id: `${category}/${id}`,
      path,
      category,
      split,
      defect: anomalous ? 'defect' : 'good',
      anomalous,
      masks: [mask],
    };
    const sample = new FileSample(fields);
    seen.push(sample);
    if (split === 'train' && anomalous) leftOut.add('training pictures', 'anomalous', sample.id);
    else samples.push(sample);
  }
  const unread = await survey(root, seen, {
    why: () => 'in no place of the layout',
    isRead: new Set(pairs.map(({ mask }) => mask)),
  });
  return { categories: groupByCategory(samples), leftOut: [...leftOut.all(), ...unread] };
}
