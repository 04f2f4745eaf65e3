import { mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomWeights } from '@uniad/backbones';
import { Generator } from '@uniad/nn';
import { selectDevice } from '../device/select-device.js';
import type { Device } from '../device/device.js';
import { FeatureStore } from './feature-store.js';

const SIDE = 32;
const config = {
  backbone: { name: 'resnet18', stages: [1, 2], frozen: true },
  imageSize: [SIDE, SIDE],
  featureSize: [4, 4],
  neck: { resize: 'aligned', patchSize: 1 },
} as const;
const input = { mean: [0.5, 0.5, 0.5], deviation: [0.5, 0.5, 0.5] } as const;
const weights = randomWeights('resnet18', new Generator(1));

/** A picture made of its seed; counts how often it is decoded. */
function sampleOf(path: string, seed: number) {
  const data = Uint8Array.from(new Generator(seed).fillUniform(new Float32Array(SIDE * SIDE * 3), 0, 255));
  const sample = {
    path,
    decoded: 0,
    content: async () => data,
    picture: async () => {
      sample.decoded++;
      return { width: SIDE, height: SIDE, data };
    },
  };
  return sample;
}

let folder: string;
let device: Device;
beforeAll(async () => {
  device = await selectDevice('onnxruntime');
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'uniad-store-'));
});
afterEach(() => rm(folder, { recursive: true }));

const open = (more: object = {}) =>
  new FeatureStore({ folder, config, input, weights, compile: device.compile, ...more });

async function storedFiles(): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

test('pictures that are the same byte for byte are computed once, even within a batch', async () => {
  const samples = [sampleOf('a', 1), sampleOf('b', 1), sampleOf('c', 2), sampleOf('d', 1)];
  const store = open();
  await store.prepare(samples);
  expect(await storedFiles()).toHaveLength(2);
  expect(samples.reduce((sum, { decoded }) => sum + decoded, 0)).toBe(2);
  const [a, b, c, d] = await Promise.all(samples.map((sample) => store.read(sample)));
  expect(a).toHaveLength(4 * 4 * (64 + 128));
  expect(b).toEqual(a);
  expect(d).toEqual(a);
  expect(c).not.toEqual(a);
});

test('a second run reads what the first kept', async () => {
  const samples = [sampleOf('a', 1), sampleOf('b', 2)];
  await open().prepare(samples);
  await open().prepare(samples);
  expect(samples.map(({ decoded }) => decoded)).toEqual([1, 1]);
});

test.each<[string, object]>([
  ['weights', { weights: randomWeights('resnet18', new Generator(2)) }],
  ['normalisation', { input: { ...input, mean: [0, 0, 0] } }],
  ['token grid', { config: { ...config, featureSize: [2, 2] } }],
])('other %s, other files', async (_, more) => {
  const sample = sampleOf('a', 1);
  await open().prepare([sample]);
  await open(more).prepare([sample]);
  expect(await storedFiles()).toHaveLength(2);
});

test.each<[string, (file: string) => Promise<void>]>([
  ['cut off', async (file) => truncate(file, (await stat(file)).size - 5)],
  ['overwritten', async (file) => writeFile(file, Buffer.alloc((await stat(file)).size, 7))],
  ['removed', async (file) => rm(file)],
])('a file that was %s is computed anew', async (_, damage) => {
  const sample = sampleOf('a', 1);
  const store = open();
  await store.prepare([sample]);
  const before = await store.read(sample);
  const [file] = await storedFiles();
  const bytes = await readFile(file!);
  await damage(file!);
  const again = open();
  await again.prepare([sample]);
  expect(await again.read(sample)).toEqual(before);
  expect(await readFile(file!)).toEqual(bytes);
});

test('reading what was not prepared is refused by name', async () => {
  await expect(open().read(sampleOf('strange', 1))).rejects.toThrow('strange');
});
