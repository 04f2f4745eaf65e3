import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomWeights } from '@uniad/backbones';
import { Generator } from '@uniad/nn';
import { encodeEvent } from '../src/tensorboard/event.js';
import type { Event } from '../src/tensorboard/event.js';
import { tfRecord } from '../src/tensorboard/tf-record.js';
import { train } from '../src/index.js';
import type { EpochLog, TrainOptions } from '../src/index.js';
import { writeDataset } from './pictures.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'uniad-tensorboard-'));
  await writeDataset(join(folder, 'data'), ['stripes'], 6);
});
afterAll(() => rm(folder, { recursive: true }));
afterEach(() => jest.restoreAllMocks());

const run = (out: string, more: Partial<TrainOptions>) =>
  train({
    data: join(folder, 'data'),
    out: join(folder, out),
    cache: join(folder, 'cache'),
    weights: randomWeights('resnet18', new Generator(1)),
    config: {
      backbone: { name: 'resnet18', stages: [1, 2] },
      imageSize: [64, 64],
      featureSize: [8, 8],
      hiddenDim: 16,
      heads: 2,
      feedForwardDim: 32,
      encoderLayers: 1,
      decoderLayers: 1,
      neighborMask: { size: [3, 3] },
    },
    training: { epochs: 4, batchSize: 4 },
    tensorboard: true,
    ...more,
  });

const eventFiles = async (out: string) =>
  (await readdir(join(folder, out))).filter((name) => name.includes('tfevents')).sort();

const lines = async <T>(out: string) =>
  (await readFile(join(folder, out, 'log.jsonl'), 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as T);

const figures = ({ epoch, loss, learningRate, seconds }: EpochLog) => ({
  step: epoch,
  scalars: { loss, learning_rate: learningRate, epoch_seconds: seconds },
});

const encoded = (time: number, events: readonly Omit<Event, 'time'>[]) =>
  Buffer.concat(events.map((event) => tfRecord(encodeEvent({ ...event, time }))));

const opening = (step: number) => [
  { step: 0, fileVersion: 'brain.Event:2' },
  { step, starts: true },
];

test('an event file has the figures of log.jsonl and curve.json; a resumed run begins another', async () => {
  const seconds = 1_764_000_000;
  const clock = jest.spyOn(Date, 'now').mockReturnValue(seconds * 1000);
  const stop = new AbortController();
  const killed = run('killed', {
    evaluateEvery: 2,
    checkpointEvery: 2,
    signal: stop.signal,
    onEvent: (event) => event.type === 'epoch' && event.log.epoch === 3 && stop.abort(),
  });
  await expect(killed).rejects.toThrow();
  const before = await lines<EpochLog>('killed');
  expect(before.map(({ epoch }) => epoch)).toEqual([1, 2]); // the third had no checkpoint

  clock.mockReturnValue((seconds + 5) * 1000);
  await run('killed', { evaluateEvery: 2, checkpointEvery: 2, resume: true });
  const log = await lines<EpochLog>('killed');
  const curve = JSON.parse(await readFile(join(folder, 'killed/curve.json'), 'utf8')) as Record<string, number>[];
  const tested = curve.map(({ epoch, imageAuroc, pixelAuroc }) => ({
    step: epoch!,
    scalars: { 'test/image_auroc': imageAuroc!, 'test/pixel_auroc': pixelAuroc! },
  }));

  const [first, second, ...more] = await eventFiles('killed');
  expect(more).toEqual([]);
  expect(first).toMatch(/^events\.out\.tfevents\.1764000000\.000\./);
  const firstBytes = await readFile(join(folder, 'killed', first!));
  const untilSecond = encoded(seconds, [...opening(1), figures(log[0]!), figures(log[1]!), tested[0]!]);
  expect(firstBytes.subarray(0, untilSecond.length).equals(untilSecond)).toBe(true);
  expect(firstBytes.length).toBeGreaterThan(untilSecond.length); // the third epoch, which is done once more
  const secondBytes = await readFile(join(folder, 'killed', second!));
  const rest = encoded(seconds + 5, [...opening(3), figures(log[2]!), figures(log[3]!), tested[1]!]);
  expect(secondBytes.equals(rest)).toBe(true);
}, 120_000);

test('no event file unless asked', async () => {
  await run('plain', { tensorboard: false, training: { epochs: 1, batchSize: 4 } });
  expect(await eventFiles('plain')).toEqual([]);
}, 120_000);
