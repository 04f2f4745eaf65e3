import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomWeights } from '@uniad/backbones';
import { load, quantize, readModel, train, writeSyntheticSet } from '@uniad/core';
import { Generator } from '@uniad/nn';

let folder: string;
const at = (name: string) => join(folder, name);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'uniad-beside-'));
  await writeSyntheticSet(at('parts'), { seed: 0, kinds: ['gear', 'cap'], train: 8, test: 6, size: 64 });
});
afterAll(() => rm(folder, { recursive: true }));

const config = {
  imageSize: [64, 64],
  featureSize: [4, 4],
  backbone: { stages: [2, 3] },
  neighborMask: { size: [3, 3] },
} as const;

async function scoresOf(run: string, options: object = {}): Promise<number[]> {
  const inspector = await load(at(run), options);
  const scores = await inspector.predictAll([0, 1, 2].map((i) => at(`parts/gear/test/good/00${i}.png`)));
  inspector.dispose();
  return scores.map(({ score }) => score);
}

test('a model of two backbones is trained, read back, and rounded as any other', async () => {
  const options = { data: at('parts'), cache: at('cache'), crossFit: 0, training: { epochs: 2 } };
  const beside = { name: 'uniad_tiny', stages: [1], patchSize: 1 };
  await train({ ...options, out: at('both'), config: { ...config, beside } });
  await train({ ...options, out: at('one'), config });
  const model = await readModel(at('both'));
  expect(model.parameters['memory.bank']!.shape[2]).toBe(32 + 48);
  expect(model.parameters['memory.beside_bank']!.shape[2]).toBe(16);
  expect(model.kinds.map(({ center }) => center.length)).toEqual([32 + 48 + 16, 32 + 48 + 16]);

  const [both, one] = [await scoresOf('both'), await scoresOf('one')];
  both.forEach((score, i) => expect(Math.abs(score / one[i]! - 1)).toBeGreaterThan(1e-4));
  const onCpu = await scoresOf('both', { device: 'cpu' });
  onCpu.forEach((score, i) => expect(score).toBeCloseTo(both[i]!, 2));

  await quantize({ model: at('both'), out: at('both8'), cache: at('cache'), onWarning: () => {} });
  const rounded = await scoresOf('both8');
  rounded.forEach((score, i) => expect(Math.abs(score / both[i]! - 1)).toBeLessThan(0.05));
  expect(rounded).not.toEqual(both);
}, 120_000);

test('the same backbone beside the first has the weights that were given for it', async () => {
  const { backbone: _, ...others } = config;
  await train({
    data: at('parts'),
    out: at('thorough'),
    preset: 'thorough',
    cache: at('cache'),
    crossFit: 0,
    training: { epochs: 1 },
    config: others,
    weights: randomWeights('uniad_tiny', new Generator(7)),
  });
  const { config: trained, backbone } = await readModel(at('thorough'));
  expect(trained).toMatchObject({ beside: { name: 'uniad_tiny', patchSize: 3 }, neck: { patchSize: 1 } });
  const own = Object.keys(backbone).filter((name) => !name.startsWith('beside.'));
  expect(own.length).toBeGreaterThan(5);
  for (const name of own) expect(backbone[`beside.${name}`]).toEqual(backbone[name]);
  const random = randomWeights('uniad_tiny', new Generator(7));
  expect(backbone[own[0]!]!.data).toEqual(random[own[0]!]!.data);
}, 120_000);
