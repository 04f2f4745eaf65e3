import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatasetError, openDataset, writeSyntheticSet } from './index.js';

let folder: string;
const at = (name: string) => join(folder, name);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'uniad-join-'));
  const set = { train: 2, test: 2, size: 64 };
  await writeSyntheticSet(at('one'), { ...set, seed: 0, kinds: ['gear', 'wood'] });
  await writeSyntheticSet(at('two'), { ...set, seed: 1, kinds: ['tile', 'gear'] });
});
afterAll(() => rm(folder, { recursive: true }));

test('several folders are one dataset; categories of one name are told apart', async () => {
  const { layout, categories } = await openDataset([at('one'), at('two')]);
  expect(layout).toBe('mvtec');
  expect(categories.map(({ name }) => name)).toEqual(['one/gear', 'wood', 'two/gear', 'tile']);
  const samples = categories.flatMap(({ train, test }) => [...train, ...test]);
  expect(new Set(samples.map(({ id }) => id)).size).toBe(samples.length);
  const [gear] = categories;
  expect(gear!.train[0]).toMatchObject({ id: 'one/gear/train/good/000.png', category: 'one/gear' });
  expect((await gear!.train[0]!.picture()).width).toBe(64);
  expect(await gear!.test.find(({ anomalous }) => anomalous)!.mask([64, 64])).toContain(1);
});

test('one folder in a list is as the folder', async () => {
  const { categories } = await openDataset([at('one')]);
  expect(categories.map(({ name }) => name)).toEqual(['gear', 'wood']);
});

test('the same folder twice, and none, are refused', async () => {
  await expect(openDataset([at('one'), at('one')])).rejects.toThrow(DatasetError);
  await expect(openDataset([])).rejects.toThrow('at least one folder');
});
