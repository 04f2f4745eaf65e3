import { basename } from 'node:path';
import { parse } from 'csv-parse/sync';
import { DatasetError } from '../errors.js';
import type { Root } from '../folder/folder.js';
import { badNames, goodNames, isOneOf } from './labels.js';
import { readEntries, readList, splitOfName, type ListEntry } from './list.js';
import type { Reader } from './reader.js';

/** Names of columns, each by the ways in which people call it. */
const columnNames = {
  image: ['image', 'filename', 'path', 'image_path', 'file'],
  category: ['category', 'object', 'clsname', 'class'],
  split: ['split', 'set'],
  label: ['label', 'anomalous'],
  defect: ['defect', 'defect_type', 'label_name'],
  mask: ['mask', 'maskname', 'mask_path'],
} as const;
type Column = keyof typeof columnNames;

const expects = 'a .csv file with a column image, and category, split, label, defect, mask where they are known';

/** A list of pictures in a table, or two of them whose names start with `train` and `test`. */
export const csv: Reader = {
  name: 'csv',
  expects,
  listFile: /\.csv$/i,
  matches: async (root) => (await listsIn(root)).length > 0,
  async read(root, options) {
    const lists = await listsIn(root);
    if (lists.length === 0) throw new DatasetError(`Expected ${expects} in ${root.path} but found none`);
    const splits = lists.map(splitOfName);
    if (lists.length > 1 && (splits.includes(undefined) || new Set(splits).size < lists.length))
      throw new DatasetError(`Expected one list of pictures in ${root.path} but found ${lists.join(', ')}: name one`);
    const entries: ListEntry[] = [];
    for (const name of lists) entries.push(...(await readTable(root, name, splitOfName(name))));
    return readEntries(root, entries, options);
  },
};

/** VisA: pictures as distributed, and which is for what in `split_csv/1cls.csv`. */
export const visa: Reader = {
  name: 'visa',
  expects: 'split_csv/1cls.csv and CATEGORY/Data/Images',
  matches: async (root) => (await root.list('split_csv')).others.includes('1cls.csv'),
  read: async (root, options) => readEntries(root, await readTable(root, 'split_csv/1cls.csv', undefined), options),
};

async function listsIn(root: Root): Promise<string[]> {
  if (root.listFile !== undefined) return [root.listFile];
  const lists: string[] = [];
  for (const name of (await root.list()).others) {
    if (!/\.csv$/i.test(name)) continue;
    const [header = ''] = (await readList(root, name)).split('\n', 1);
    const columns = header
      .toLowerCase()
      .split(/[,;\t]/)
      .map(unquoted);
    if (columnNames.image.some((one) => columns.includes(one))) lists.push(name);
  }
  return lists;
}

const unquoted = (text: string): string =>
  text
    .replace(/^\uFEFF/, '')
    .trim()
    .replace(/^"(.*)"$/, '$1');

async function readTable(root: Root, name: string, split: 'train' | 'test' | undefined): Promise<ListEntry[]> {
  const text = await readList(root, name);
  const [header = ''] = text.split('\n', 1);
  let columns: ReadonlyMap<Column, string> = new Map();
  let rows: { record: Record<string, string>; info: { lines: number } }[];
  try {
    rows = parse(text, {
      bom: true,
      trim: true,
      skip_empty_lines: true,
      info: true,
      delimiter: header.includes(',') ? ',' : header.includes(';') ? ';' : '\t',
      columns: (names: string[]) => {
        columns = columnsOf(
          names.map((one) => one.toLowerCase()),
          name,
        );
        return names.map((one) => one.toLowerCase());
      },
    }) as unknown as typeof rows;
  } catch (error) {
    if (error instanceof DatasetError) throw error;
    throw new DatasetError(`Expected a table in ${name}: ${(error as Error).message}`, { cause: error });
  }
  if (rows.length === 0) throw new DatasetError(`Expected pictures in ${name} but it lists none`);
  return rows.map(({ record, info }) => {
    const where = `${name}, line ${info.lines}`;
    const get = (column: Column): string => record[columns.get(column) ?? ''] ?? '';
    const image = get('image');
    if (image === '') throw new DatasetError(`${where}: expected a path for image but found nothing`);
    const category = columns.has('category') ? get('category') : basename(root.path);
    if (category === '') throw new DatasetError(`${where}: expected a name for category but found nothing`);
    const masks = get('mask') === '' ? [] : get('mask').split('|');
    return { where, image, category, split: splitOf(get('split'), where) ?? split, ...verdict(get, where), masks };
  });
}

function columnsOf(names: readonly string[], list: string): ReadonlyMap<Column, string> {
  const found = new Map<Column, string>();
  for (const [column, ways] of Object.entries(columnNames)) {
    const here = names.filter((name) => (ways as readonly string[]).includes(name));
    if (here.length > 1)
      throw new DatasetError(`Expected one column ${column} in ${list} but found ${here.join(', ')}`);
    if (here[0] !== undefined) found.set(column as Column, here[0]);
  }
  if (!found.has('image'))
    throw new DatasetError(
      `Expected a column ${columnNames.image.join(' or ')} in ${list} but found ${names.join(', ')}`,
    );
  return found;
}

function splitOf(text: string, where: string): ListEntry['split'] {
  const split = text.toLowerCase();
  if (split === '') return undefined;
  if (split === 'train' || split === 'test') return split;
  if (split === 'validation' || split === 'val') return 'validation';
  throw new DatasetError(`${where}: expected train, test or validation for split but received ${text}`);
}

/** A label tells good from anomalous; a defect names what is wrong. */
function verdict(get: (column: Column) => string, where: string): Pick<ListEntry, 'defect' | 'anomalous'> {
  const [label, defect] = [get('label'), get('defect')];
  if (label === '') {
    const anomalous = defect !== '' && !isOneOf(goodNames, defect);
    return { anomalous, defect: anomalous ? defect : 'good' };
  }
  const isGood = isOneOf([...goodNames, '0', 'false'], label);
  if (!isGood && !isOneOf([...badNames, '1', 'true'], label))
    throw new DatasetError(`${where}: expected good or anomalous, 0 or 1 for label but received ${label}`);
  if (isGood) return { anomalous: false, defect: 'good' };
  const named = defect === '' ? label : defect;
  return { anomalous: true, defect: named === '1' || named === 'true' ? 'anomalous' : named };
}
