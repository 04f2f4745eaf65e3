import { copyFile, mkdir, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  calibrate,
  evaluate,
  load,
  openDataset,
  readModel,
  SampleInspector,
  selectDevice,
  train,
  writeSyntheticSet,
} from '@uniad/core';
import type { TrainOptions } from '@uniad/core';

let folder: string;
const at = (name: string) => join(folder, name);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'uniad-calibrate-'));
  await writeSyntheticSet(at('parts'), { seed: 0, kinds: ['gear', 'tile'], train: 12, test: 8, size: 64 });
  await writeSyntheticSet(at('others'), { seed: 1, kinds: ['wood'], train: 2, test: 2, size: 64 });
  await train({ data: at('parts'), out: at('run'), holdOut: 0.25, training: { epochs: 2 }, cache: at('cache') });
}, 120_000);
afterAll(() => rm(folder, { recursive: true }));

const thresholds = async () => (await readModel(at('run'))).kinds.map(({ threshold }) => threshold);
const change = (options: object) => calibrate({ model: at('run'), cache: at('cache'), ...options });

test('a trained model knows its kinds, and a picture by its look', async () => {
  const { kinds } = await readModel(at('run'));
  expect(kinds.map(({ name }) => name)).toEqual(['gear', 'tile']);
  for (const { source } of kinds)
    expect(source).toMatch(/1 % of false alarms from 3 good pictures held out of training/);
  const inspector = await load(at('run'));
  const gear = await inspector.predict(at('parts/gear/test/good/000.png'));
  expect(gear).toMatchObject({ category: 'gear', threshold: kinds[0]!.threshold });
  expect(gear.normalizedScore < 0.5).toBe(!gear.anomalous);
  const tile = await inspector.predict(at('parts/tile/test/good/000.png'));
  expect(tile).toMatchObject({ category: 'tile', threshold: kinds[1]!.threshold });
  inspector.dispose();
});

test('every picture of the set is taken for its own kind, and one of another set for none', async () => {
  const model = await readModel(at('run'));
  const inspector = new SampleInspector(model, await selectDevice(), at('cache'));
  const quiet = { onWarning: () => {} };
  const { scored } = await evaluate(inspector, await openDataset(at('parts')), quiet);
  expect(scored.filter(({ sample, category }) => category !== sample.category)).toEqual([]);
  const others = await evaluate(inspector, await openDataset(at('others')), quiet);
  expect(others.scored.map(({ category }) => category)).toEqual(others.scored.map(() => null));
  inspector.dispose();
});

test('kinds in one folder are told apart by their looks, each with a threshold of its own', async () => {
  await mkdir(at('mixed'));
  for (const kind of ['gear', 'tile']) {
    for (let i = 0; i < 12; i++) {
      const name = String(i).padStart(3, '0');
      await copyFile(at(`parts/${kind}/train/good/${name}.png`), at(`mixed/${kind}-${name}.png`));
    }
  }
  await train({ data: at('mixed'), out: at('mixed-run'), preset: 'padim', holdOut: 0.16, cache: at('cache') });
  const { kinds } = await readModel(at('mixed-run'));
  expect(kinds.map(({ name }) => name)).toEqual(['mixed 1', 'mixed 2']);
  for (const { source } of kinds) expect(source).toMatch(/ of false alarms from [12] good pictures held out/);
  const inspector = await load(at('mixed-run'));
  for (const [i, kind] of ['gear', 'tile'].entries()) {
    const { category, threshold } = await inspector.predict(at(`parts/${kind}/test/good/000.png`));
    expect({ category, threshold }).toEqual({ category: kinds[i]!.name, threshold: kinds[i]!.threshold });
  }
  inspector.dispose();
});

test.each<[TrainOptions['validation'], RegExp, string[]]>([
  ['synthetic', /^best F1 score, .* of 6 good and [1-6] anomalous pictures, anomalies pasted on good ones$/, []],
  [
    'test',
    /^best F1 score, .* of 4 good and 4 anomalous pictures of the test$/,
    ['the thresholds are chosen on the test pictures: what these say of them is too good'],
  ],
])('training validates on %j pictures', async (validation, wanted, warned) => {
  const warnings: string[] = [];
  const { kinds } = await train({
    data: at('parts'),
    out: at('validated'),
    preset: 'padim',
    holdOut: 0.5,
    validation,
    force: true,
    cache: at('cache'),
    onEvent: (event) => event.type === 'warning' && !/rests on/.test(event.message) && warnings.push(event.message),
  });
  expect(kinds).toHaveLength(2);
  for (const { source } of kinds) expect(source).toMatch(wanted);
  expect(warnings).toEqual(warned);
});

test('training validates on a folder, which has to be there before anything is learned', async () => {
  const options = {
    data: at('parts'),
    out: at('validated'),
    preset: 'padim',
    force: true,
    cache: at('cache'),
  } as const;
  const missing = train({ ...options, validation: { folder: at('nowhere') } });
  await expect(missing).rejects.toThrow('nowhere');
  await expect(train({ ...options, holdOut: 0, validation: 'synthetic' })).rejects.toThrow('none is held out');
  await expect(train({ ...options, validation: 'both' as 'test' })).rejects.toThrow(
    'Expected "test", "synthetic" or { folder } for validation but received "both"',
  );
  const { kinds } = await train({ ...options, validation: { folder: at('parts') } });
  for (const { source } of kinds) expect(source).toMatch(/of 4 good and 4 anomalous pictures$/);
});

test('by the best F1 with anomalies that are made', async () => {
  const { kinds } = await change({ data: at('parts'), bestF1: true, synthetic: true });
  for (const { source } of kinds)
    expect(source).toMatch(/^best F1 score, .* of 4 good and [1-4] anomalous pictures, anomalies pasted on good ones$/);
  await expect(change({ data: at('parts'), synthetic: true })).rejects.toThrow('Expected bestF1 with synthetic');
});

test('by a share of false alarms, by the best F1, by hand, for all kinds or one', async () => {
  const strict = await change({ data: at('parts'), falseAlarms: 0.001 });
  const [low, high] = [await change({ data: at('parts'), falseAlarms: 0.2 }), strict].map(({ kinds }) => kinds);
  low!.forEach(({ threshold }, i) => expect(threshold).toBeLessThan(high![i]!.threshold));

  const best = await change({ data: at('parts'), bestF1: true });
  for (const { source } of best.kinds) expect(source).toMatch(/^best F1 score, .* of 4 good and 4 anomalous pictures$/);
  // The wanted kind has good and anomalous pictures; that others have not does not matter.
  const before = await readFile(at('run/model.safetensors'));
  const written = (await stat(at('run/model.safetensors'))).mtimeMs;
  await rm(at('parts/gear/test/good'), { recursive: true });
  await change({ threshold: 1 });
  await change({ data: at('parts'), bestF1: true, category: 'tile' });
  expect(await thresholds()).toEqual([1, best.kinds[1]!.threshold]);
  await expect(change({ data: at('parts'), bestF1: true })).rejects.toThrow(
    'of gear for the best F1 score but found 0',
  );
  // Thresholds stand in model.json; nothing else is written again.
  expect(before.equals(await readFile(at('run/model.safetensors')))).toBe(true);
  expect((await stat(at('run/model.safetensors'))).mtimeMs).toBe(written);

  const [gear, tile] = await thresholds();
  await change({ threshold: 12.5, category: 'tile' });
  expect(await thresholds()).toEqual([gear, 12.5]);
  expect(tile).not.toBe(12.5);
  await change({ threshold: 7 });
  expect(await thresholds()).toEqual([7, 7]);
  const { kinds } = JSON.parse(await readFile(at('run/model.json'), 'utf8')) as { kinds: { source: string }[] };
  expect(kinds.map(({ source }) => source)).toEqual(['set by hand', 'set by hand']);
});

test.each([
  ['nothing to go by', {}, 'Expected data to calibrate on, or a threshold'],
  ['two ways at once', { threshold: 1, bestF1: true }, 'Expected one of falseAlarms, bestF1 and threshold'],
  ['a share that cannot be', { falseAlarms: 1 }, 'between 0 and 1 for falseAlarms but received 1'],
  ['an unknown kind', { threshold: 1, category: 'bolt' }, 'Expected one of gear, tile for category but received bolt'],
])('refuses %s, and changes nothing', async (_, options, message) => {
  const before = await readFile(at('run/model.json'));
  await expect(change(options)).rejects.toThrow(message);
  expect(await readFile(at('run/model.json'))).toEqual(before);
});

test('refuses pictures that look like nothing it learned', async () => {
  await expect(change({ data: at('others') })).rejects.toThrow(
    'Expected good pictures of the kinds that the model knows',
  );
});
