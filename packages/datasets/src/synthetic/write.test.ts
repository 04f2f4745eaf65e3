import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { DatasetError } from '../errors.js';
import { openDataset } from '../open-dataset.js';
import { syntheticSet } from './index.js';
import { writeSyntheticSet } from './write.js';

const SET = { seed: 2, kinds: ['capsule', 'weave'], train: 2, test: 5, size: 64 };
let home: string;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'synthetic-'));
});
afterEach(async () => {
  await rm(home, { recursive: true });
});

test('what is written reads back as the pictures and masks of the set', async () => {
  const out = join(home, 'deep', 'set');
  const seen: number[] = [];
  await writeSyntheticSet(out, { ...SET, onProgress: ({ done, total }) => seen.push(done / total) });
  expect(seen).toHaveLength(14);
  expect(seen.at(-1)).toBe(1);
  expect(await readdir(join(home, 'deep'))).toEqual(['set']);

  const { categories } = await openDataset(out);
  expect(categories.map(({ name, train, test }) => [name, train.length, test.length])).toEqual([
    ['capsule', 2, 5],
    ['weave', 2, 5],
  ]);
  const samples = [...syntheticSet(SET)];
  const dented = samples.find(({ category, defect }) => category === 'capsule' && defect === 'dent')!;
  const picture = await sharp(join(out, 'capsule/test/dent/000.png')).raw().toBuffer({ resolveWithObject: true });
  expect(picture.info).toMatchObject({ width: 64, height: 64, channels: 3 });
  expect(picture.data.equals(dented.data)).toBe(true);
  const mask = sharp(join(out, 'capsule/ground_truth/dent/000_mask.png'));
  expect((await mask.metadata()).channels).toBe(1);
  expect([...(await mask.extractChannel(0).raw().toBuffer())]).toEqual([...dented.mask].map((marked) => 255 * marked));
});

test('a folder with something in it, or a file, is left alone', async () => {
  await writeFile(join(home, 'mine.txt'), 'mine');
  await expect(writeSyntheticSet(home, SET)).rejects.toThrow(DatasetError);
  await expect(writeSyntheticSet(home, SET)).rejects.toThrow(
    /Expected an empty or new folder at .* but found 1 entries in it, such as mine.txt/,
  );
  await expect(writeSyntheticSet(join(home, 'mine.txt'), SET)).rejects.toThrow(/but found a file/);
  expect(await readdir(home)).toEqual(['mine.txt']);
});

test('an empty folder is filled', async () => {
  const out = join(home, 'empty');
  await mkdir(out);
  await writeSyntheticSet(out, { ...SET, kinds: ['wood'] });
  expect(await readdir(out)).toEqual(['wood']);
});

test('an aborted run leaves nothing behind', async () => {
  const stop = new AbortController();
  const run = writeSyntheticSet(join(home, 'set'), {
    ...SET,
    signal: stop.signal,
    onProgress: ({ done }) => done === 3 && stop.abort(new Error('enough')),
  });
  await expect(run).rejects.toThrow('enough');
  expect(await readdir(home)).toEqual([]);
});

test('wrong options are refused before a folder is made', async () => {
  await expect(writeSyntheticSet(join(home, 'set'), { kinds: ['cheese'] })).rejects.toThrow(/but received "cheese"/);
  expect(await readdir(home)).toEqual([]);
});
