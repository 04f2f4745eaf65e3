import { access, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { evaluate, load, openDataset, quantize, SampleInspector, selectDevice, train } from '@uniad/core';
import type { ConfigOverrides, TrainOptions } from '@uniad/core';
import { writeDataset } from './pictures.js';

let folder: string;
const at = (name: string) => join(folder, name);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'uniad-pictures-'));
  await writeDataset(at('data'), ['stripes', 'bands'], 6);
});
afterAll(() => rm(folder, { recursive: true }));

const shared = { backbone: { name: 'uniad_tiny', stages: [1, 2] }, imageSize: [64, 64] } as const;

/** What looks at pictures: no features are learned from. */
const configs: Readonly<Record<'paper' | 'mkd' | 'draem' | 'cutpaste', ConfigOverrides>> = {
  // Table A5: its backbone is trained along.
  paper: {
    ...shared,
    backbone: { ...shared.backbone, frozen: false },
    featureSize: [16, 16],
    hiddenDim: 16,
    heads: 2,
    feedForwardDim: 32,
    encoderLayers: 1,
    decoderLayers: 1,
  },
  mkd: { method: 'mkd', ...shared, featureSize: [16, 16], smoothing: 2, student: { width: 8 } },
  draem: { method: 'draem', ...shared, widths: { reconstructive: 4, discriminative: 4 } },
  cutpaste: { method: 'cutpaste', ...shared, featureSize: [16, 16], smoothing: 2, head: { width: 8 } },
};

describe.each(Object.keys(configs) as (keyof typeof configs)[])('%s', (method) => {
  const run = (out: string, options: Partial<TrainOptions> = {}) =>
    train({
      data: at('data'),
      out: at(out),
      preset: method,
      config: configs[method],
      training: { epochs: 4, batchSize: 4 },
      holdOut: 0.2, // Else each fold is a training of its own.
      cache: at('cache'),
      device: 'onnxruntime',
      ...options,
    });

  test('trains on pictures, is stopped and goes on as if it had not been', async () => {
    const seen: string[] = [];
    await run(`${method}-straight`, { onEvent: ({ type }) => seen.push(type) });
    expect(seen).not.toContain('features'); // None is computed to learn from.
    expect(seen.filter((type) => type === 'epoch')).toHaveLength(4);
    const stop = new AbortController();
    const stopped = run(`${method}-stopped`, {
      signal: stop.signal,
      onEvent: (event) => event.type === 'epoch' && event.log.epoch === 2 && stop.abort(),
    });
    await expect(stopped).rejects.toThrow('aborted');
    await expect(access(at(`${method}-stopped/model.json`))).rejects.toThrow('ENOENT');
    await run(`${method}-stopped`, { resume: true });
    for (const name of await readdir(at(`${method}-straight`))) {
      if (!name.startsWith('model')) continue; // Others have times in them.
      const [straight, resumed] = await Promise.all(
        ['straight', 'stopped'].map((which) => readFile(at(`${method}-${which}/${name}`))),
      );
      expect(resumed!.equals(straight!)).toBe(true);
    }
  }, 120_000);

  test('is evaluated and predicts alike, knows kinds, and can be made int8', async () => {
    const inspector = await load(at(`${method}-straight`));
    const { model } = inspector;
    expect(model.kinds.map(({ name }) => name)).toEqual(['bands', 'stripes']);
    const dataset = await openDataset(at('data'));
    const ofSamples = new SampleInspector(model, await selectDevice('onnxruntime'), at('cache'));
    const { scored } = await evaluate(ofSamples, dataset, { onWarning: () => {} });
    ofSamples.dispose();
    expect(scored).toHaveLength(12);
    const predictions = await inspector.predictAll(scored.map(({ sample }) => sample.path));
    predictions.forEach(({ score }, i) => expect(score / scored[i]!.score).toBeCloseTo(1, 4));
    inspector.dispose();

    const { cost, model: rounded } = await quantize({
      model: at(`${method}-straight`),
      out: at(`${method}-int8`),
      data: at('data'),
      cache: at('cache'),
      onWarning: () => {},
    });
    expect(rounded.parameters).not.toEqual(model.parameters);
    expect(cost!.difference.mean).toBeLessThan(0.1);
  }, 120_000);
});

test('TensorBoard takes its figures, as of every method that learns in epochs', async () => {
  await train({
    data: at('data'),
    out: at('board'),
    preset: 'mkd',
    config: configs.mkd,
    training: { epochs: 1 },
    holdOut: 0.2,
    cache: at('cache'),
    tensorboard: true,
  });
  expect((await readdir(at('board'))).some((name) => name.startsWith('events.out.tfevents'))).toBe(true);
}, 120_000);
