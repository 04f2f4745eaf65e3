import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { evaluate, openDataset, SampleInspector, selectDevice, train } from '@uniad/core';
import { writeDataset } from './pictures.js';

let folder: string;
const at = (...parts: string[]) => join(folder, ...parts);

function uniad(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const { FORCE_COLOR: _, ...env } = process.env;
  const program = ['--conditions=@uniad/source', '--import', 'tsx', join(__dirname, '../src/cli/main.ts'), ...args];
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      program,
      { env: { ...env, UNIAD_CACHE: at('cache'), NO_COLOR: '1' } },
      (error, stdout, stderr) => {
        resolve({ code: error ? Number(error.code) : 0, stdout, stderr });
      },
    );
  });
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'uniad-data-'));
  await writeDataset(at('parts'), ['stripes'], 8);
  await rm(at('parts/stripes/ground_truth/square/1_mask.png'));
  await copyFile(at('parts/stripes/train/good/0.png'), at('parts/stripes/test/good/same.png'));
});
afterAll(() => rm(folder, { recursive: true }));

const quick = { training: { epochs: 1 } };

describe('pictures that cannot be read', () => {
  const truncated = async (name: string, of: string) => {
    const bytes = await readFile(at('parts/stripes/train/good', of));
    await writeFile(at(name), bytes.subarray(0, bytes.length / 2));
  };
  beforeAll(async () => {
    await truncated('parts/stripes/train/good/broken.png', '1.png');
    await truncated('parts/stripes/test/good/broken.png', '2.png');
    await truncated('parts/stripes/ground_truth/square/2_mask.png', '3.png');
  });
  afterAll(async () => {
    await rm(at('parts/stripes/train/good/broken.png'));
    await rm(at('parts/stripes/test/good/broken.png'));
  });

  test('end the training by name, unless they are to be skipped, and are listed then', async () => {
    const options = { data: at('parts'), out: at('refused'), cache: at('cache'), ...quick };
    await expect(train(options)).rejects.toThrow(at('parts/stripes/train/good/broken.png'));
    const { code, stderr } = await uniad(
      'train',
      '--data',
      at('parts'),
      '--out',
      at('run'),
      '--epochs',
      '1',
      '--skip-unreadable',
    );
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(stderr).toMatch(
      /found 1 kind in the format mvtec\n {2}stripes: 9 to learn from, 5 good and 3 anomalous \(2 with masks\) to test on/,
    );
    expect(stderr).toMatch(/1 picture skipped:\n {2}Cannot read .*train\/good\/broken\.png/);
    expect(stderr).toContain(
      '1 test picture is a training picture too, byte for byte, so that the figures flatter: stripes/test/good/same.png is stripes/train/good/0.png',
    );
  });

  test('in an evaluation too, and so are masks', async () => {
    expect((await uniad('eval', '--data', at('parts'), '--model', at('run'))).stderr).toContain('error: Cannot read');
    const { code, stderr } = await uniad(
      'eval',
      '--data',
      at('parts'),
      '--model',
      at('run'),
      '--skip-unreadable',
      '--json',
      at('figures.json'),
    );
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(stderr).toMatch(
      /2 pictures skipped:\n.*ground_truth\/square\/2_mask\.png.*\n.*test\/good\/broken\.png|2 pictures skipped:\n.*test\/good\/broken\.png.*\n.*2_mask\.png/,
    );
    const { categories } = JSON.parse(await readFile(at('figures.json'), 'utf8')) as {
      categories: { stripes: object };
    };
    expect(categories.stripes).toMatchObject({ images: 6, anomalous: 2, withoutMask: 1 });
  });
});

test('an anomalous picture without a mask counts for image metrics alone', async () => {
  await copyFile(
    at('parts/stripes/ground_truth/square/0_mask.png'),
    at('parts/stripes/ground_truth/square/2_mask.png'),
  );
  const model = await train({ data: at('parts'), out: at('masks-run'), cache: at('cache'), ...quick });
  const inspector = new SampleInspector(model, await selectDevice('auto'), at('cache'));
  try {
    const dataset = await openDataset(at('parts'));
    const quiet = { onWarning: () => {} };
    const all = await evaluate(inspector, dataset, quiet);
    const [category] = dataset.categories;
    const masked = { ...category!, test: category!.test.filter(({ hasMask }) => hasMask) };
    const fewer = await evaluate(inspector, { ...dataset, categories: [masked] }, quiet);
    expect(all.categories.stripes).toMatchObject({ images: 7, anomalous: 3, withoutMask: 1 });
    expect(all.scored).toHaveLength(7);
    for (const name of ['pixelAuroc', 'pixelAveragePrecision', 'aupro'] as const) {
      expect(all.mean[name]).toBe(fewer.mean[name]);
      expect(all.mean[name]).toBeGreaterThan(0);
    }
  } finally {
    inspector.dispose();
  }
});
