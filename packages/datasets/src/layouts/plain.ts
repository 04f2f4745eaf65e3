import { basename, join, parse } from 'node:path';
import { DatasetError } from '../errors.js';
import { FileSample } from '../file-sample.js';
import { describe, type FolderContents, type Root } from '../folder/folder.js';
import { survey } from '../folder/survey.js';
import { masksIn } from './by-split.js';
import { badNames, goodNames, isOneOf, maskNames } from './labels.js';
import { chooseCategories, groupByCategory, isHeldOut, type Reader } from './reader.js';

/**
 * One category, or one a sub-folder: good pictures directly in it or in `good`, anomalous ones beside them in folders
 * named by their defect, and masks in `masks`.
 */
export const plain: Reader = {
  name: 'pictures',
  expects: 'pictures, sub-folders of pictures, or good/, bad/ and masks/',
  async matches(root) {
    const top = await root.list();
    if (top.pictures.length > 0) return true;
    for (const name of top.folders) {
      const inner = await root.list(name);
      if (inner.pictures.length > 0 || inner.folders.some((folder) => isOneOf(goodNames, folder))) return true;
    }
    return false;
  },
  async read(root, { categories }) {
    const places = await placesOf(root);
    const names = places.map(({ name }) => name);
    const chosen = chooseCategories(names, root, categories);
    const samples: FileSample[] = [];
    for (const place of places) if (chosen.includes(place.name)) samples.push(...(await readCategory(root, place)));
    const leftOut = await survey(root, samples, {
      why: (folder) =>
        folder.some((name) => isOneOf(maskNames, name))
          ? 'masks of no anomalous picture'
          : 'deeper than the pictures of their kind',
      skip: ([first]) => names.includes(first!) && !chosen.includes(first!),
    });
    return { categories: groupByCategory(samples), leftOut };
  },
};

interface Place {
  readonly name: string;
  readonly at: readonly string[];
}

async function placesOf(root: Root): Promise<Place[]> {
  const top = await root.list();
  const whole = [{ name: basename(root.path), at: [] }];
  if (top.folders.some((name) => isOneOf(goodNames, name))) return whole;
  const filled: string[] = [];
  for (const name of top.folders) {
    const { pictures, folders } = await root.list(name);
    if (pictures.length > 0 || folders.some((folder) => isOneOf(goodNames, folder))) filled.push(name);
  }
  const kinds = filled.filter((name) => !isOneOf([...badNames, ...maskNames], name));
  if (top.pictures.length > 0) {
    if (kinds.length === 0) return whole;
    throw new DatasetError(
      `Expected pictures either in ${root.path} or in its sub-folders but found ${top.pictures[0]} and pictures in ${kinds[0]}/`,
    );
  }
  const bad = filled.find((name) => isOneOf(badNames, name));
  if (bad !== undefined)
    throw new DatasetError(`Expected good pictures in ${root.path} beside ${bad}/ but found ${describe(top)}`);
  if (kinds.length === 0)
    throw new DatasetError(`Expected pictures or sub-folders of pictures in ${root.path} but found ${describe(top)}`);
  const empty = top.folders.find((name) => !filled.includes(name));
  if (empty !== undefined) await refuseEmpty(root, empty);
  return kinds.map((name) => ({ name, at: [name] }));
}

/** A kind that nothing would be learned of; what uniad wrote is none. */
async function refuseEmpty(root: Root, name: string): Promise<void> {
  const contents = await root.list(name);
  if (contents.isOutput || contents.others.length === 0 || contents.folders.length > 0) return;
  throw new DatasetError(`Expected pictures in ${contents.path} but found ${describe(contents)}`);
}

async function readCategory(root: Root, { name: category, at }: Place): Promise<FileSample[]> {
  const contents = await root.list(...at);
  const goodFolder = contents.folders.find((name) => isOneOf(goodNames, name));
  const good = goodFolder === undefined ? contents : await root.list(...at, goodFolder);
  if (good.pictures.length === 0)
    throw new DatasetError(`Expected pictures in ${good.path} but found ${describe(good)}`);
  // Beside `good` every folder of pictures is of defects; beside pictures only one that says so.
  const isDefect = (name: string): boolean =>
    name !== goodFolder && !isOneOf(maskNames, name) && (goodFolder !== undefined || isOneOf(badNames, name));
  const anomalous: FileSample[] = [];
  for (const defect of contents.folders.filter(isDefect)) {
    const folder = await root.list(...at, defect);
    const masksOf = await findMasks(root, at, contents, defect);
    for (const file of folder.pictures) {
      const id = [category, defect, file].join('/');
      const path = join(folder.path, file);
      const masks = masksOf(parse(file).name);
      anomalous.push(new FileSample({ id, path, category, split: 'test', defect, anomalous: true, masks }));
    }
  }
  const goodSamples = good.pictures.map((file, i) => {
    const id = [category, ...(goodFolder === undefined ? [] : [goodFolder]), file].join('/');
    const split = isHeldOut(i, anomalous.length > 0) ? 'test' : 'train';
    return new FileSample({ id, path: join(good.path, file), category, split, defect: 'good', anomalous: false });
  });
  return [...goodSamples, ...anomalous];
}

/** In `masks/DEFECT`, else directly in `masks`. */
async function findMasks(
  root: Root,
  at: readonly string[],
  contents: FolderContents,
  defect: string,
): Promise<(picture: string) => string[]> {
  const folder = contents.folders.find((name) => isOneOf(maskNames, name));
  if (folder === undefined) return () => [];
  const [own, shared] = [await masksIn(root, [...at, folder, defect]), await masksIn(root, [...at, folder])];
  return (picture) => [own(picture), shared(picture)].find((masks) => masks.length > 0) ?? [];
}
