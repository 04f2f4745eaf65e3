import { DatasetError } from '../errors.js';
import type { Root } from '../folder/folder.js';
import { readEntries, readList, splitOfName, type ListEntry } from './list.js';
import type { Reader } from './reader.js';

const expects = 'train.json and test.json with lines of {"filename", "label", "label_name", "clsname", "maskname"}';

/** The lists of the official implementation: a file of JSON, one picture a line, for training and one for testing. */
export const uniadJson: Reader = {
  name: 'uniad-json',
  expects,
  listFile: /\.jsonl?$/i,
  async matches(root) {
    const [first] = await listsIn(root);
    if (first === undefined) return false;
    const [line = ''] = (await readList(root, first)).split('\n', 1);
    return /"filename"\s*:/.test(line);
  },
  async read(root, options) {
    const lists = await listsIn(root);
    if (lists.length === 0) throw new DatasetError(`Expected ${expects} in ${root.path} but found none`);
    const entries: ListEntry[] = [];
    for (const name of lists) entries.push(...(await readLines(root, name)));
    return readEntries(root, entries, options);
  },
};

async function listsIn(root: Root): Promise<string[]> {
  if (root.listFile !== undefined) return [root.listFile];
  const { others } = await root.list();
  return ['train', 'test'].flatMap((split) =>
    others.filter((name) => name === `${split}.json` || name === `${split}.jsonl`),
  );
}

async function readLines(root: Root, name: string): Promise<ListEntry[]> {
  const entries: ListEntry[] = [];
  for (const [i, line] of (await readList(root, name)).split('\n').entries()) {
    if (line.trim() !== '') entries.push(entryOf(line, `${name}, line ${i + 1}`, splitOfName(name)));
  }
  if (entries.length === 0) throw new DatasetError(`Expected pictures in ${name} but it lists none`);
  return entries;
}

function entryOf(line: string, where: string, split: 'train' | 'test' | undefined): ListEntry {
  const record = parsed(line, where);
  const text = (key: string): string | undefined => {
    const value = record[key];
    if (value === undefined || value === null) return undefined;
    if (typeof value === 'string' && value !== '') return value;
    throw new DatasetError(`${where}: expected a text for ${key} but received ${JSON.stringify(value)}`);
  };
  const image = text('filename');
  if (image === undefined) throw new DatasetError(`${where}: expected a filename but found none`);
  // Without a name the official reader takes the folder CLASS of CLASS/train/good/000.png.
  const category = text('clsname') ?? image.split('/').at(-4);
  if (category === undefined) throw new DatasetError(`${where}: expected a clsname for ${image} but found none`);
  const { label } = record;
  const isLabel = label === 0 || label === 1 || (label === undefined && split === 'train');
  if (!isLabel) throw new DatasetError(`${where}: expected 0 or 1 for label but received ${JSON.stringify(label)}`);
  const anomalous = label === 1;
  const mask = text('maskname');
  const masks = mask === undefined ? [] : [mask];
  const defect = anomalous ? (text('label_name') ?? 'anomalous') : 'good';
  return { where, image, category, split, defect, anomalous, masks };
}

function parsed(line: string, where: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new DatasetError(`${where}: expected JSON but found ${line.slice(0, 60)}`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new DatasetError(`${where}: expected an object but received ${line.slice(0, 60)}`);
  return value as Record<string, unknown>;
}
