import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomWeights } from '@uniad/backbones';
import type { Interval } from '@uniad/metrics';
import { Generator, writeSafetensors } from '@uniad/nn';
import sharp from 'sharp';
import { legendHeight } from '../src/draw/legend.js';
import { presets } from '../src/presets.js';
import { writeDataset } from './pictures.js';

let folder: string;
const at = (...parts: string[]) => join(folder, ...parts);

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function uniad(...args: string[]): Promise<Outcome> {
  const main = join(__dirname, '../src/cli/main.ts');
  const { FORCE_COLOR: _, ...env } = process.env;
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ['--conditions=@uniad/source', '--import', 'tsx', main, ...args],
      { env: { ...env, NO_COLOR: '1' } },
      (error, stdout, stderr) => {
        resolve({ code: error ? Number(error.code) : 0, stdout, stderr });
      },
    );
  });
}

const trainOn = (data: string, out: string, ...more: string[]) =>
  uniad(
    'train',
    '--data',
    data,
    '--out',
    out,
    '--backbone',
    'resnet18',
    '--weights',
    at('resnet18.safetensors'),
    '--epochs',
    '1',
    '--cross-fit',
    '0',
    '--cache',
    at('cache'),
    ...more,
  );

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'uniad-command-'));
  await writeDataset(at('data'), ['stripes', 'waves'], 8);
  await writeFile(at('resnet18.safetensors'), writeSafetensors(randomWeights('resnet18', new Generator(1))));
});
afterAll(() => rm(folder, { recursive: true }));

describe('uniad', () => {
  test('trains, evaluates and predicts', async () => {
    const trained = await trainOn(at('data'), at('run'));
    expect(trained.stderr).toMatch(/device onnxruntime/);
    expect(trained.stderr).toMatch(/14 pictures to learn from and 2 held out, of 2 kinds: stripes, waves/);
    expect(trained.stderr).toMatch(/training 7\/7 epoch 1 {2}loss \d/);
    expect(trained).toMatchObject({ code: 0, stdout: expect.stringContaining('model in') });

    const evaluated = await uniad(
      'eval',
      '--model',
      at('run'),
      '--data',
      at('data'),
      '--json',
      at('metrics.json'),
      '--csv',
      at('scores.csv'),
      '--heatmaps',
      at('heat'),
      '--cache',
      at('cache'),
    );
    expect(evaluated.code).toBe(0);
    expect(evaluated.stdout).toMatch(/stripes.*\n.*\n.*waves.*\n.*\n.*mean/);
    const metrics = JSON.parse(await readFile(at('metrics.json'), 'utf8')) as {
      categories: Record<string, Record<string, number>>;
      mean: Record<string, number>;
      imageAurocIntervals: { categories: Record<string, Interval>; pooled: Interval };
      images: Record<string, unknown>[];
    };
    const rows = (await readFile(at('scores.csv'), 'utf8')).trim().split('\n');
    expect(rows.map((row) => row.split(','))).toEqual([
      Object.keys(metrics.images[0]!),
      ...metrics.images.map((image) => Object.values(image).map((value) => (value === null ? '' : String(value)))),
    ]);
    expect(rows).toHaveLength(1 + 12);
    expect(rows[0]).toMatch(/^id,path,category,defect,label,kind,score,normalizedScore,anomalous,threshold/);
    for (const [name, { low, high }] of Object.entries(metrics.imageAurocIntervals.categories)) {
      expect(low).toBeLessThanOrEqual(metrics.categories[name]!.imageAuroc!);
      expect(high).toBeGreaterThanOrEqual(metrics.categories[name]!.imageAuroc!);
    }
    expect(Object.keys(metrics.imageAurocIntervals.categories)).toEqual(['stripes', 'waves']);
    expect(metrics.imageAurocIntervals.pooled).toEqual({ low: expect.any(Number), high: expect.any(Number) });
    expect(Object.keys(metrics.categories)).toEqual(['stripes', 'waves']);
    for (const category of Object.values(metrics.categories))
      expect(category).toEqual({
        imageAuroc: expect.any(Number),
        imageAveragePrecision: expect.any(Number),
        imageBestF1: expect.any(Number),
        pixelAuroc: expect.any(Number),
        pixelAveragePrecision: expect.any(Number),
        pixelBestF1: expect.any(Number),
        aupro: expect.any(Number),
        images: 6,
        anomalous: 3,
        withoutMask: 0,
      });
    expect(metrics.mean.imageAuroc).toBeCloseTo(
      (metrics.categories.stripes!.imageAuroc! + metrics.categories.waves!.imageAuroc!) / 2,
    );
    const heat = await sharp(at('heat/stripes/test/square/0.png')).metadata();
    expect([heat.width, heat.height]).toEqual([3 * 64, 64 + legendHeight(3 * 64)]);

    const pictures = [at('data/stripes/test/square'), at('data/waves/test/good/0.png')];
    const predicted = await uniad(
      'predict',
      '--model',
      at('run'),
      ...pictures,
      '--out',
      at('predicted'),
      '--raw-maps',
      '--json',
      at('findings.json'),
    );
    expect(predicted.code).toBe(0);
    const findings = JSON.parse(await readFile(at('findings.json'), 'utf8')) as {
      image: string;
      score: number;
      anomalous: boolean;
      threshold: number;
      heatmap: string;
    }[];
    expect(findings).toHaveLength(4);
    for (const { score, anomalous, threshold, heatmap } of findings) {
      expect(anomalous).toBe(score >= threshold);
      const { width, height } = await sharp(heatmap).metadata();
      expect([width, height]).toEqual([64, 64 + legendHeight(64)]);
      expect(await sharp(heatmap.replace(/png$/, 'tiff')).metadata()).toMatchObject({ depth: 'float', channels: 1 });
    }
    expect(new Set(findings.map(({ heatmap }) => heatmap)).size).toBe(4);
    expect((await readdir(at('run'))).sort()).toEqual([
      'backbone.safetensors',
      'checkpoint.safetensors',
      'log.jsonl',
      'model.json',
      'model.safetensors',
      'training.json',
    ]);
  }, 240_000);

  test('the preset is fast, and sets what no flag does', async () => {
    const trained = await trainOn(at('data'), at('fast'), '--batch-size', '4');
    expect(trained).toMatchObject({ code: 0 });
    const { config } = JSON.parse(await readFile(at('fast/model.json'), 'utf8')) as { config: unknown };
    expect(config).toMatchObject({
      ...presets.fast.config,
      backbone: { name: 'resnet18' },
      neighborMask: { size: [7, 7] },
    });
    const { options } = JSON.parse(await readFile(at('fast/training.json'), 'utf8')) as { options: unknown };
    expect(options).toMatchObject({ ...presets.fast.training, epochs: 1, batchSize: 4, clipNorm: 0.1 });
  }, 120_000);

  test.each<[string, () => Promise<string[]>, string]>([
    [
      'an unknown preset',
      async () => ['train', '--data', at('data'), '--out', at('x'), '--preset', 'slow'],
      'Allowed choices are paper, fast',
    ],
    [
      'a wrong flag',
      async () => ['train', '--data', at('data'), '--out', at('x'), '--epoch', '3'],
      "unknown option '--epoch'",
    ],
    [
      'a wrong value',
      async () => ['train', '--data', at('data'), '--out', at('x'), '--lr', '-1'],
      'Expected a number above 0',
    ],
    ['a missing folder', async () => ['train', '--data', at('nowhere'), '--out', at('x')], 'nowhere'],
    [
      'a missing model',
      async () => ['eval', '--model', at('nowhere'), '--data', at('data')],
      'Expected a trained model in',
    ],
    [
      'a model where a folder is',
      async () => ['export', '--model', at('run'), '--out', at('data')],
      'Expected a file at',
    ],
    [
      'a report where a file is',
      async () => ['eval', '--model', at('run'), '--data', at('data'), '--report', at('run/model.json')],
      'Expected a folder at',
    ],
    [
      'a run below a file',
      async () => ['train', '--data', at('data'), '--out', at('run/model.json/run')],
      'Expected a folder at',
    ],
    [
      'one file for two outputs',
      async () => ['eval', '--model', at('run'), '--data', at('data'), '--json', at('a'), '--csv', at('./a')],
      'Expected two files for --json and --csv',
    ],
    [
      'no test pictures',
      async () => ['eval', '--model', at('run'), '--data', at('data/stripes/train')],
      'Expected test pictures in',
    ],
    ['a missing picture', async () => ['predict', '--model', at('run'), at('nowhere.png')], 'nowhere.png'],
    [
      'an empty category',
      async () => {
        await mkdir(at('hollow/screw/train/good'), { recursive: true });
        return ['train', '--data', at('hollow'), '--out', at('x')];
      },
      'screw',
    ],
    [
      'a corrupt picture',
      async () => {
        await writeDataset(at('corrupt'), ['stripes'], 3);
        await writeFile(at('corrupt/stripes/train/good/1.png'), 'no picture');
        return [
          'train',
          '--data',
          at('corrupt'),
          '--out',
          at('y'),
          '--backbone',
          'resnet18',
          '--weights',
          at('resnet18.safetensors'),
          '--cache',
          at('cache'),
        ];
      },
      '1.png',
    ],
    ['an unknown device', async () => ['predict', '--model', at('run'), at('data'), '--device', 'abacus'], 'abacus'],
  ])(
    '%s is one clear line and a non-zero exit code',
    async (_, args, message) => {
      const { code, stderr } = await uniad(...(await args()));
      expect(code).toBeGreaterThan(0);
      expect(stderr).toContain(message);
      expect(stderr).not.toMatch(/\n\s+at /);
      expect(stderr.split('\n').filter((line) => line.startsWith('error'))).toHaveLength(1);
    },
    60_000,
  );

  test('an unreadable picture costs its own finding alone', async () => {
    await mkdir(at('mixed'));
    const picture = await readFile(at('data/stripes/train/good/1.png'));
    await Promise.all([
      writeFile(at('mixed/1.png'), picture),
      writeFile(at('mixed/2.png'), 'no picture'),
      writeFile(at('mixed/3.png'), picture),
    ]);
    const { code, stdout, stderr } = await uniad(
      'predict',
      '--model',
      at('run'),
      at('mixed'),
      '--json',
      at('mixed.json'),
    );
    expect(code).toBe(1);
    expect(stdout).toMatch(/unreadable\s+\S*2\.png/);
    expect(stderr).toMatch(/of 2 anomalous[^]*error: .*2\.png/);
    const findings = JSON.parse(await readFile(at('mixed.json'), 'utf8')) as { image: string; error?: string }[];
    expect(findings.map(({ image }) => image)).toEqual([1, 2, 3].map((name) => at(`mixed/${name}.png`)));
    expect(findings.map(({ error }) => error !== undefined)).toEqual([false, true, false]);
  }, 60_000);

  test('a run that fails before its first epoch leaves nothing', async () => {
    expect(await uniad('train', '--data', at('data'), '--out', at('never'), '--device', 'abacus')).toMatchObject({
      code: 1,
    });
    expect(await readdir(folder)).not.toContain('never');
  }, 60_000);

  test('help shows examples', async () => {
    for (const command of [['--help'], ['train', '--help'], ['eval', '--help'], ['predict', '--help']]) {
      const { code, stdout, stderr } = await uniad(...command);
      expect([code, stderr]).toEqual([0, '']);
      expect(stdout).toMatch(/Examples?:\n {2}\$ uniad/);
    }
  }, 60_000);
});
