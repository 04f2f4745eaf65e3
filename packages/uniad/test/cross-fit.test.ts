import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDataset, SampleInspector, selectDevice, train, writeSyntheticSet } from '@uniad/core';
import type { TrainEvent, TrainOptions } from '@uniad/core';
import type { Dataset, Sample } from '@uniad/datasets';
import { foldsOf } from '../src/pipeline/cross-fit.js';
import { split } from '../src/pipeline/split.js';
import { resolveTrainOptions } from '../src/pipeline/train-options.js';
import { thresholdsByKind } from '../src/pipeline/threshold.js';

const FOLDS = 3;
let folder: string;
let dataset: Dataset;
const at = (name: string) => join(folder, name);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'uniad-cross-fit-'));
  await writeSyntheticSet(at('parts'), { seed: 0, kinds: ['gear', 'tile'], train: 8, test: 2, size: 64 });
  dataset = await openDataset(at('parts'));
}, 120_000);
afterAll(() => rm(folder, { recursive: true }));

const config = { imageSize: [64, 64], featureSize: [4, 4], channels: 10 } as const;
const settings = (options: Partial<TrainOptions>): TrainOptions => {
  return { data: dataset, out: at('run'), force: true, cache: at('cache'), preset: 'padim', config, ...options };
};
const learn = (options: Partial<TrainOptions> = {}) => train(settings(options));

test('folds have their share of every category', () => {
  const samples = 'abaabbaabb'.split('').map((category) => ({ category }));
  expect(foldsOf(samples, 3)).toEqual([0, 0, 1, 2, 1, 2, 0, 1, 0, 1]);
});

test('every threshold rests on all good pictures, each scored by a model that had not learned it', async () => {
  const events: TrainEvent[] = [];
  const model = await learn({ crossFit: FOLDS, onEvent: (event) => events.push(event) });
  expect(events.find(({ type }) => type === 'pictures')).toMatchObject({ train: 16, heldOut: 0, folds: FOLDS });
  expect(events.filter((event) => event.type === 'fold' && event.done === event.total)).toHaveLength(FOLDS);
  expect(JSON.parse(await readFile(join(at('run'), 'training.json'), 'utf8'))).toMatchObject({
    pictures: 16,
    heldOut: 0,
  });

  // The same by hand: a model without each part.
  const scores = new Map<string, number[]>();
  const device = await selectDevice();
  const foldIn = (samples: readonly Sample[]) => foldsOf(samples, FOLDS);
  for (let fold = 0; fold < FOLDS; fold++) {
    const part = (isHeld: boolean) =>
      dataset.categories.map((category) => ({
        ...category,
        train: category.train.filter((_, i) => (foldIn(category.train)[i] === fold) === isHeld),
      }));
    const without = await learn({ data: { ...dataset, categories: part(false) }, out: at('part'), holdOut: 0 });
    const inspector = new SampleInspector(without, device, at('cache'));
    for (const { name, train: held } of part(true)) {
      const own = scores.get(name) ?? [];
      scores.set(name, [...own, ...(await inspector.inspect(held)).map(({ score }) => score)]);
    }
    inspector.dispose();
  }
  const expected = thresholdsByKind(scores, 'pictures');
  for (const { name, threshold, source } of model.kinds) {
    expect(threshold / expected.get(name)!.threshold).toBeCloseTo(1, 5);
    expect(source).toContain('from 8 good pictures, each scored by a model that had not learned it');
  }
  // All pictures are learned: the model is the one that holds none out.
  const whole = await learn({ holdOut: 0, out: at('whole') });
  expect(model.parameters).toEqual(whole.parameters);
});

test('is done unasked where few would be held out, and not where anything else is asked for', () => {
  const foldsWith = (options: Partial<TrainOptions>, pictures = 8) => {
    const categories = dataset.categories.map((category) => {
      return { ...category, train: Array.from({ length: pictures }, (_, i) => category.train[i % 8]!) };
    });
    const { learned, heldOut, folds } = split({ ...dataset, categories }, resolveTrainOptions(settings(options)));
    expect(learned.length + heldOut.length).toBe(2 * pictures);
    if (folds > 0) expect(heldOut).toEqual([]);
    return folds;
  };
  expect(foldsWith({})).toBe(3);
  expect(foldsWith({}, 99)).toBe(3); // A tenth of 99 are fewer than 10.
  expect(foldsWith({}, 100)).toBe(0);
  expect(foldsWith({}, 2)).toBe(0);
  expect(foldsWith({ crossFit: 5 }, 100)).toBe(5);
  expect(foldsWith({ preset: 'paper', config: {} })).toBe(0);
  for (const options of [{ crossFit: 0 }, { holdOut: 0.2 }, { trainPerCategory: 6 }, { validation: 'test' }] as const)
    expect(foldsWith(options)).toBe(0);
  expect(() => foldsWith({ crossFit: 2 }, 2)).toThrow('at least 6 good pictures for crossFit but found 4');
});

test.each<[Partial<TrainOptions>, string]>([
  [{ crossFit: 1 }, '0 or a whole number of at least 2 for crossFit but received 1'],
  [{ crossFit: 2, holdOut: 0.1 }, 'Expected crossFit or holdOut but received both'],
  [{ crossFit: 2, validation: 'test' }, 'Expected crossFit or validation but received both'],
])('refuses %j', async (options, message) => {
  await expect(learn(options)).rejects.toThrow(message);
});
