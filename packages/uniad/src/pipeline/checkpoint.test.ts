import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { resolveTraining } from '../training/training-options.js';
import type { TrainingOverrides } from '../training/training-options.js';
import { readCheckpoint, writeCheckpoint } from './checkpoint.js';
import type { RunOrigin } from './checkpoint.js';

let folder: string;
let path: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'uniad-checkpoint-'));
  path = join(folder, 'checkpoint.safetensors');
});
afterAll(() => rm(folder, { recursive: true }));

const origin = (training: TrainingOverrides = {}, facts: object = {}): RunOrigin => ({
  training: resolveTraining({ epochs: 10, ...training }),
  facts: { hiddenDim: 8, weights: 'a'.repeat(64), pictures: 'b'.repeat(64), ...facts },
  pictures: 20,
});

const state = (epochs: number) => ({
  model: { weight: { shape: [2], data: Float32Array.of(1, 2) } },
  optimizer: { step: { shape: [], data: Float32Array.of(3) } },
  log: Array.from({ length: epochs }, (_, i) => ({ epoch: i + 1, loss: 1, learningRate: 1e-4, seconds: 1 })),
});

test('reads what was written', async () => {
  await writeCheckpoint(path, state(3), origin());
  expect(await readCheckpoint(path, origin())).toEqual(state(3));
});

test.each<[string, RunOrigin, string]>([
  ['another width', origin({}, { hiddenDim: 16 }), 'hiddenDim was 8 and is 16'],
  ['other weights', origin({}, { weights: 'c' }), 'weights differ'],
  ['other pictures', origin({}, { pictures: 'c' }), 'pictures differ'],
  ['another seed', origin({ seed: 1 }), 'seed was 0 and is 1'],
])('refuses %s by name', async (_, other, message) => {
  await writeCheckpoint(path, state(3), origin());
  await expect(readCheckpoint(path, other)).rejects.toThrow(message);
});

describe('of a version that did not have a setting yet', () => {
  beforeEach(() => writeCheckpoint(path, state(3), origin()));

  test('goes on where that has its default', async () => {
    expect(await readCheckpoint(path, origin({}, { beside: null }))).toEqual(state(3));
  });

  test('refuses by name where it has not', async () => {
    const beside = { name: 'uniad_tiny', stages: [1, 2, 3, 4], patchSize: 1 };
    await expect(readCheckpoint(path, origin({}, { beside }))).rejects.toThrow('beside differ');
  });
});

describe('with another number of epochs', () => {
  test.each<[string, number, TrainingOverrides, TrainingOverrides]>([
    ['more, before the rate was lowered', 8, { epochs: 10 }, { epochs: 20 }],
    ['fewer, before either lowers it', 4, { epochs: 10 }, { epochs: 5 }],
  ])('goes on: %s', async (_, done, before, now) => {
    await writeCheckpoint(path, state(done), origin(before));
    expect((await readCheckpoint(path, origin(now))).log).toHaveLength(done);
  });

  test.each<[string, number, TrainingOverrides, TrainingOverrides, string]>([
    ['the rate was lowered already', 9, { epochs: 10 }, { epochs: 20 }, 'epoch 9 another learning rate'],
    [
      'a cosine ends elsewhere',
      2,
      { epochs: 10, schedule: 'cosine' },
      { epochs: 11, schedule: 'cosine' },
      'the schedule "cosine" of 11 epochs',
    ],
    ['more are done', 8, { epochs: 10 }, { epochs: 7 }, 'at least the 8 epochs'],
  ])('refuses where %s', async (_, done, before, now, message) => {
    await writeCheckpoint(path, state(done), origin(before));
    await expect(readCheckpoint(path, origin(now))).rejects.toThrow(message);
  });
});

test('a file that was cut off is named', async () => {
  await writeCheckpoint(path, state(3), origin());
  const bytes = await readFile(path);
  await writeFile(path, bytes.subarray(0, bytes.length - 3));
  await expect(readCheckpoint(path, origin())).rejects.toThrow(path);
});
