import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { randomWeights } from '@uniad/backbones';
import {
  calibrate,
  evaluate,
  importCheckpoint,
  load,
  openDataset,
  readCheckpointOfAuthors,
  readModel,
  ReconstructionModel,
  RunError,
  SampleInspector,
  selectDevice,
  writeReport,
  writeSyntheticSet,
} from '@uniad/core';
import type { ConfigOverrides } from '@uniad/core';
import { Generator, writeSafetensors } from '@uniad/nn';
import type { PlainValue } from '@uniad/pickle';
import { configOfAuthors } from '../src/pipeline/config-of-authors.js';
import { figuresAsJson } from '../src/report/figures.js';
import { generatedState, indexInNHWC, toNHWC, uniform } from './golden.js';
import type { GoldenCase } from './golden.js';

const shared = resolve(__dirname, '../../../../shared/reference/uniad');
const withShared = existsSync(shared) ? test : test.skip;

withShared("the authors' tiny checkpoint gives their figures", async () => {
  await tf.setBackend('cpu');
  const golden = JSON.parse(readFileSync(join(shared, 'tiny.json'), 'utf8')) as GoldenCase;
  const overrides = { heads: 2, neighborMask: { size: [3, 3] } } satisfies ConfigOverrides;
  const { config, channels, parameters } = readCheckpointOfAuthors(
    readFileSync(join(shared, 'tiny_checkpoint.pth.tar')),
    overrides,
  );
  expect(config).toMatchObject({
    featureSize: [4, 5],
    hiddenDim: 16,
    feedForwardDim: 32,
    encoderLayers: 2,
    decoderLayers: 2,
  });
  const expected = generatedState(golden.parameters);
  for (const [name, { data }] of Object.entries(expected)) {
    data.forEach((value, i) => expect(parameters[name]!.data[i]).toBeCloseTo(value, 5));
  }
  const model = new ReconstructionModel(config, channels, new Generator(0));
  model.loadStateDict(parameters);
  const features = toNHWC(
    uniform('features', 2 * 6 * 20).map((u) => u * 1.5),
    [2, 6, 4, 5],
  );
  const reconstruction = await model.reconstruct(tf.tensor4d(features, [2, 4, 5, 6])).data();
  golden.feature_rec.data!.forEach((value, i) => {
    expect(Math.abs(reconstruction[indexInNHWC(i, golden.feature_rec.shape)]! - value)).toBeLessThan(1e-3);
  });
  model.dispose();
});

const fixtures = JSON.parse(readFileSync(join(__dirname, 'reference/fixtures/checkpoint.json'), 'utf8')) as Record<
  'file' | 'with_arch',
  string
>;

test('what a checkpoint says of itself is taken: backbone, heads, masks, jitter', () => {
  const file = Buffer.from(fixtures.with_arch, 'base64');
  const { config } = readCheckpointOfAuthors(file);
  expect(config).toMatchObject({
    backbone: { name: 'resnet18', stages: [1] },
    imageSize: [32, 32],
    featureSize: [4, 4],
    heads: 2,
    dropout: 0.05,
    activation: 'gelu',
    norm: 'post',
    jitter: { scale: 15, probability: 0.5 },
    neighborMask: { size: [3, 5], encoder: true, decoderFirst: false, decoderSecond: true },
  });
  expect(readCheckpointOfAuthors(file, { heads: 4, neighborMask: { encoder: false } }).config).toMatchObject({
    heads: 4,
    neighborMask: { size: [3, 5], encoder: false },
  });
  const damaged = Buffer.from(file.toString('latin1').replace('gelu', 'swif'), 'latin1');
  expect(() => readCheckpointOfAuthors(damaged)).toThrow(
    'Expected ("relu" | "gelu") for reconstruction.kwargs.activation in the checkpoint\'s arch but received "swif"',
  );
});

test.each<[string, unknown, ConfigOverrides]>([
  [
    "the paper's EfficientNet, of which their code keeps the strides",
    [
      { name: 'backbone', type: 'models.backbones.efficientnet_b4', kwargs: { outstrides: [2, 4, 8, 16, 32] } },
      { name: 'neck', kwargs: { outstrides: [16] } },
      { name: 'reconstruction', kwargs: { feature_size: [14, 14] } },
    ],
    {
      backbone: { name: 'efficientnet_b4', stages: [1, 2, 3, 4, 5] },
      imageSize: [224, 224],
      featureSize: [14, 14],
    },
  ],
  [
    'neither jitter nor masks',
    [{ name: 'reconstruction', kwargs: { feature_jitter: null, neighbor_mask: null } }],
    { jitter: { probability: 0 }, neighborMask: null },
  ],
  ['nothing', [{ name: 'reconstruction' }], {}],
  ['no list', 'arch', {}],
])('the configuration in a checkpoint: %s', (_, arch, expected) => {
  expect(configOfAuthors(arch as PlainValue)).toEqual(expected);
});

describe('uniad import', () => {
  /** Names only what the checkpoint does not tell; its network is of 64 channels, 4x4 tokens, width 8, 1 + 1 layers. */
  const config: ConfigOverrides = {
    backbone: { name: 'resnet18', stages: [1] },
    imageSize: [32, 32],
    heads: 2,
    neighborMask: { size: [3, 3] },
  };
  let folder: string;
  let checkpoint: string;
  const at = (name: string) => join(folder, name);
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'uniad-import-'));
    checkpoint = at('ckpt.pth.tar');
    await writeFile(checkpoint, Buffer.from(fixtures.file, 'base64'));
    await writeFile(at('resnet18.safetensors'), writeSafetensors(randomWeights('resnet18', new Generator(1))));
    await writeSyntheticSet(at('parts'), { seed: 0, kinds: ['gear', 'tile'], train: 8, test: 4, size: 64 });
  });
  afterAll(() => rm(folder, { recursive: true }));
  const into = (out: string, more: object = {}) =>
    importCheckpoint({
      checkpoint,
      out: at(out),
      config,
      weights: at('resnet18.safetensors'),
      cache: at('cache'),
      ...more,
    });

  test('makes a model with thresholds of its kinds from good pictures', async () => {
    const warnings: string[] = [];
    const model = await into('run', { data: at('parts'), onWarning: (message: string) => warnings.push(message) });
    expect(model.config).toMatchObject({
      hiddenDim: 8,
      feedForwardDim: 16,
      encoderLayers: 1,
      decoderLayers: 1,
      featureSize: [4, 4],
    });
    expect(model.kinds.map(({ name }) => name)).toEqual(['gear', 'tile']);
    expect(warnings).toEqual([]);
    const inspector = await load(at('run'));
    const { score, category } = await inspector.predict(at('parts/gear/test/good/000.png'));
    expect(Number.isFinite(score)).toBe(true);
    expect(category).toBe('gear');
    inspector.dispose();
    await expect(into('run')).rejects.toThrow('already holds a trained model');
  });

  // Names and shapes of the same length, put into the file in place of others.
  test.each<[string, string, string, RegExp]>([
    ['a layer that is not there', 'encoder.layers.0.norm1.bias', 'encoder.layers.9999999.bias', /another network/],
    ['a network that is none', 'reconstruction.input_proj.weight', 'reconstruction.input_proj.height', /no input_proj/],
    // The shape (4, 4) of the rows' positions becomes (2, 8), that of a matrix (24, 8) becomes (12, 16).
    [
      'more tokens than queries',
      'K\x04K\x04\x86',
      'K\x02K\x08\x86',
      /\[\d+, 8\] for transformer.decoder.layers.0.learned_embed/,
    ],
    [
      'a matrix that does not fit',
      'K\x18K\x08\x86',
      'K\x0cK\x10\x86',
      /Expected the shape \[24, 8\] for .*in_proj_weight but received \[12, 16\]/,
    ],
  ])('refuses %s before it makes a network', async (_, before, after, message) => {
    const whole = await readFile(checkpoint);
    const text = whole.toString('latin1');
    expect(text).toContain(before);
    await writeFile(
      at('changed.pth.tar'),
      Buffer.from(
        text.replace(before, () => after),
        'latin1',
      ),
    );
    await expect(into('refused', { checkpoint: at('changed.pth.tar') })).rejects.toThrow(message);
    await expect(into('refused', { checkpoint: at('changed.pth.tar') })).rejects.toThrow(RunError);
  });

  test('without pictures it calls nothing anomalous and says so, until it is calibrated', async () => {
    const warnings: string[] = [];
    await into('bare', { onWarning: (message: string) => warnings.push(message) });
    expect(warnings).toEqual(['no threshold is set: import with --data GOOD_PICTURES, or run `uniad calibrate`']);
    const verdicts = async () => {
      const inspector = await load(at('bare'));
      const { anomalous, category } = await inspector.predict(at('parts/gear/test/good/000.png'));
      inspector.dispose();
      return { anomalous, category };
    };
    expect(await verdicts()).toEqual({ anomalous: false, category: null });
    await calibrate({ model: at('bare'), threshold: 0 });
    expect(await verdicts()).toEqual({ anomalous: true, category: null });
  });

  test('calibrated, it has a range of heat with the threshold in its middle', async () => {
    const quiet = { onWarning: () => {} };
    await into('by-hand', quiet);
    expect((await calibrate({ model: at('by-hand'), threshold: 3 })).threshold.mapRange).toEqual([0, 6]);
    expect((await calibrate({ model: at('by-hand'), threshold: 4 })).threshold.mapRange).toEqual([0, 6]); // as it was
    await into('by-data', quiet);
    const { threshold } = await calibrate({ model: at('by-data'), data: at('parts'), cache: at('cache') });
    const [low, high] = threshold.mapRange;
    expect((low + high) / 2).toBeCloseTo(threshold.score, 10);
    expect(low).toBeGreaterThan(0);
  });

  test('without a threshold a report is drawn on the scale of the scores, and says so', async () => {
    await into('unset', { onWarning: () => {} });
    const [inspector, dataset] = [
      new SampleInspector(await readModel(at('unset')), await selectDevice('auto'), at('cache')),
      await openDataset(at('parts')),
    ];
    const evaluation = await evaluate(inspector, dataset);
    const html = await readFile(await writeReport(at('report'), { inspector, evaluation }), 'utf8');
    inspector.dispose();
    expect(html).toContain('No threshold is set, so nothing is called anomalous');
    expect(html).toContain('threshold not set');
    expect(html).not.toMatch(/e\+308|NaN|Infinity/);
    const largest = Math.max(...evaluation.scored.map(({ score }) => score));
    const ticks = Array.from(html.matchAll(/<text[^>]*>([\d.]+)<\/text>/g), ([, text]) => Number(text));
    expect(ticks.length).toBeGreaterThan(4);
    expect(Math.max(...ticks)).toBeLessThanOrEqual(Math.max(1, largest));
    const figures = JSON.parse(figuresAsJson(evaluation, inspector.model)) as { threshold: unknown; images: object[] };
    expect(figures.threshold).toBeNull();
    expect(figures.images[0]).toMatchObject({ threshold: null, anomalous: false });
  });

  test.each<[string, object, string]>([
    [
      'a backbone of other channels',
      { config: { ...config, backbone: { name: 'resnet18', stages: [1, 2] } } },
      'Expected a backbone whose stages give 64 channels',
    ],
    [
      'a second backbone',
      { config: { ...config, beside: { name: 'uniad_tiny', stages: [1], patchSize: 1 } } },
      'Expected beside to be null for a checkpoint of UniAD',
    ],
    ['heads that do not divide the width', { config: { ...config, heads: 3 } }, 'multiple of heads (3)'],
    ['queries that it has not', { config: { ...config, queries: 'none' } }, 'another network'],
    ['no such file', { checkpoint: 'nothing.pth.tar' }, 'Cannot read nothing.pth.tar'],
    ['a file of something else', { checkpoint: join(__dirname, 'golden.ts') }, 'Cannot read the checkpoint'],
  ])('refuses %s, and writes nothing', async (_, options, message) => {
    await expect(into('refused', options)).rejects.toThrow(message);
    await expect(readFile(at('refused/model.json'))).rejects.toThrow('ENOENT');
  });
});
