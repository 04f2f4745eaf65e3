import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { randomWeights } from '@uniad/backbones';
import { openDataset } from '@uniad/datasets';
import { Generator } from '@uniad/nn';
import { resolveConfig } from '../src/config.js';
import { createModel } from '../src/methods/methods.js';
import { saveModel } from '../src/pipeline/read-model.js';
import { all, parseHtml } from './html.js';

let folder: string;
const at = (...parts: string[]) => join(folder, ...parts);

function uniad(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const main = join(__dirname, '../src/cli/main.ts');
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ['--conditions=@uniad/source', '--import', 'tsx', main, ...args],
      (error, stdout, stderr) => {
        resolve({ code: error ? Number(error.code) : 0, stdout, stderr });
      },
    );
  });
}

const synth = (out: string, ...more: string[]) =>
  uniad('synth', '--out', at(out), '--kinds', 'gear, wood', '--train', '2', '--test', '4', '--size', '64', ...more);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'uniad-synth-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('uniad synth', () => {
  test('draws a set that reads back, the same from the same seed', async () => {
    expect(await synth('parts', '--seed', '3')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('12 pictures of gear, wood in'),
      stderr: expect.stringContaining('pictures 12/12'),
    });
    const { categories } = await openDataset(at('parts'));
    expect(
      categories.map(({ name, train, test }) => [
        name,
        train.length,
        test.length,
        test.filter(({ anomalous }) => anomalous).length,
      ]),
    ).toEqual([
      ['gear', 2, 4, 2],
      ['wood', 2, 4, 2],
    ]);
    await synth('again', '--seed', '3');
    const picture = 'gear/test/good/001.png';
    expect(await readFile(at('again', picture))).toEqual(await readFile(at('parts', picture)));
  });

  test.each([
    ['a kind that is not drawn', ['--kinds', 'cheese'], 'among bolt, '],
    ['no training pictures', ['--train', '0'], 'at least 1'],
    ['a size too large', ['--size', '5000'], 'to 2048 for size'],
    ['a folder in use', ['--out', '.'], 'Expected an empty or new folder'],
  ])('says in one line that %s is wrong', async (_, flags, message) => {
    const { code, stderr } = await synth('wrong', ...flags);
    expect(code).toBe(1);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stderr).toContain(message);
    expect(await readdir(folder)).not.toContain('wrong');
  });
});

describe('uniad eval --report', () => {
  test('reports on a model that has no record of its training', async () => {
    const config = resolveConfig({
      backbone: { name: 'resnet18', stages: [1] },
      imageSize: [32, 32],
      featureSize: [4, 4],
      hiddenDim: 8,
      heads: 2,
      feedForwardDim: 8,
      encoderLayers: 1,
      decoderLayers: 1,
      neighborMask: null,
    });
    await tf.setBackend('cpu');
    const network = createModel(config, 64, new Generator(1));
    await saveModel(at('run'), {
      id: 'test',
      input: { mean: [0.5, 0.5, 0.5], deviation: [0.5, 0.5, 0.5] },
      config,
      categories: ['gear', 'wood'],
      threshold: { score: 1, source: 'of the test', mapRange: [0, 2] },
      kinds: [],
      parameters: await network.parameters.stateDict(),
      backbone: randomWeights('resnet18', new Generator(2)),
    });
    network.dispose();
    const { code, stdout } = await uniad(
      'eval',
      '--model',
      at('run'),
      '--data',
      at('parts'),
      '--cache',
      at('cache'),
      '--report',
      at('report'),
      '--json',
      at('metrics.json'),
    );
    expect(stdout).toContain(`report in ${at('report', 'report.html')}`);
    expect(code).toBe(0);
    const page = parseHtml(await readFile(at('report', 'report.html'), 'utf8'));
    expect(all(page, 'h3').map(({ text }) => text)).toEqual(['gear', 'wood']);
    const { mean } = JSON.parse(await readFile(at('metrics.json'), 'utf8')) as { mean: { imageAuroc: number } };
    expect(all(page, 'tfoot')[0]!.text).toContain(mean.imageAuroc.toFixed(3));
    expect(page.text).not.toContain('learned from');
  });
});
