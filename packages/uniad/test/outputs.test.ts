import { execFile, spawn } from 'node:child_process';
import { cp, link, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeDataset } from './pictures.js';

let folder: string;
const at = (...parts: string[]) => join(folder, ...parts);
const main = join(__dirname, '../src/cli/main.ts');
const command = ['--conditions=@uniad/source', '--import', 'tsx', main];

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function uniad(...args: string[]): Promise<Outcome> {
  const { FORCE_COLOR: _, ...env } = process.env;
  return new Promise((resolve) => {
    execFile(process.execPath, [...command, ...args], { env: { ...env, NO_COLOR: '1' } }, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr });
    });
  });
}

const train = (out: string, ...more: string[]) =>
  uniad('train', '--data', at('data'), '--out', out, '--epochs', '1', '--cache', at('cache'), ...more);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'uniad-outputs-'));
  await writeDataset(at('data'), ['stripes'], 8);
  expect(await train(at('run'))).toMatchObject({ code: 0 });
}, 120_000);
afterAll(() => rm(folder, { recursive: true }));

/** What stands in a folder, file by file. */
async function contents(path: string): Promise<Record<string, string>> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(
    await Promise.all(files.map(async (file) => [file, await readFile(file, 'base64')] as const)),
  );
}

describe('nothing that is read is written over', () => {
  test.each<[string, () => Promise<string[]>]>([
    ['predict --out into the pictures', async () => ['predict', at('inputs'), '--out', at('inputs')]],
    [
      'predict --out through a link to the pictures',
      async () => {
        await symlink(at('inputs'), at('link'));
        return ['predict', at('inputs'), '--out', at('link')];
      },
    ],
    ['predict --json onto a picture', async () => ['predict', at('inputs'), '--json', at('inputs/0.png')]],
    [
      'predict --json onto another name of a picture',
      async () => {
        await link(at('inputs/0.png'), at('other-name.json'));
        return ['predict', at('inputs'), '--json', at('other-name.json')];
      },
    ],
    ['predict --json onto the model', async () => ['predict', at('inputs'), '--json', at('run/model.json')]],
    ['eval --heatmaps into the data', async () => ['eval', '--data', at('data'), '--heatmaps', at('data')]],
    [
      'eval --json onto a mask',
      async () => ['eval', '--data', at('data'), '--json', at('data/stripes/ground_truth/square/0_mask.png')],
    ],
    ['export onto a picture of no run', async () => ['export', '--out', at('inputs/0.png')]],
    ['export onto the model', async () => ['export', '--out', at('run/model.safetensors')]],
  ])('%s is refused', async (_, args) => {
    await rm(at('inputs'), { recursive: true, force: true });
    await cp(at('data/stripes/test/good'), at('inputs'), { recursive: true });
    const before = {
      ...(await contents(at('inputs'))),
      ...(await contents(at('data'))),
      ...(await contents(at('run'))),
    };
    const { code, stderr } = await uniad(...(await args()), '--model', at('run'));
    expect(code).toBe(1);
    expect(stderr).toMatch(/error: Expected a (place for|new or empty folder)/);
    const after = {
      ...(await contents(at('inputs'))),
      ...(await contents(at('data'))),
      ...(await contents(at('run'))),
    };
    expect(after).toEqual(before);
  });

  test('heat maps inside the folder of the pictures are no pictures of the next run, and keep their folders', async () => {
    await cp(at('data/stripes/test'), at('nested'), { recursive: true });
    const predict = () => uniad('predict', '--model', at('run'), at('nested'), '--out', at('nested/heat'));
    for (let run = 0; run < 2; run++) {
      const { code, stdout, stderr } = await predict();
      expect(code).toBe(0);
      expect(stderr).toMatch(/of 6 anomalous/);
      expect(stdout).toContain(at('nested/heat/good/0.png'));
    }
    expect(
      (await readdir(at('nested/heat'), { recursive: true })).filter((name) => name.endsWith('.png')).sort(),
    ).toEqual(['good', 'square'].flatMap((kind) => [0, 1, 2].map((i) => `${kind}/${i}.png`)));
  });
});

describe('a finished model', () => {
  test('is neither overwritten nor deleted unasked, even where its checkpoint is gone', async () => {
    await cp(at('run'), at('prod'), { recursive: true });
    await rm(at('prod/checkpoint.safetensors'));
    const before = await contents(at('prod'));
    for (const data of [at('data'), at('nowhere')]) {
      const { code, stderr } = await uniad('train', '--data', data, '--out', at('prod'), '--cache', at('cache'));
      expect(code).toBe(1);
      expect(stderr).toContain('already holds a trained model');
    }
    expect(await contents(at('prod'))).toEqual(before);
  });

  test('stays until its successor is whole', async () => {
    const before = await readFile(at('prod/model.json'), 'utf8');
    await writeDataset(at('broken'), ['stripes'], 4);
    await writeFile(at('broken/stripes/train/good/1.png'), 'no picture');
    const failed = await uniad('train', '--data', at('broken'), '--out', at('prod'), '--force', '--cache', at('cache'));
    expect(failed).toMatchObject({ code: 1, stderr: expect.stringContaining('1.png') });
    expect(await readFile(at('prod/model.json'), 'utf8')).toBe(before);
    expect(await train(at('prod'), '--force', '--seed', '1')).toMatchObject({ code: 0 });
    expect(await readFile(at('prod/model.json'), 'utf8')).not.toBe(before);
  });

  test('goes on only from the pictures it saw', async () => {
    await cp(at('data'), at('changed'), { recursive: true });
    await cp(at('data/stripes/train/good/0.png'), at('changed/stripes/train/good/1.png'));
    const resumed = await uniad(
      'train',
      '--data',
      at('changed'),
      '--out',
      at('run'),
      '--epochs',
      '1',
      '--resume',
      '--cache',
      at('cache'),
    );
    expect(resumed).toMatchObject({ code: 1, stderr: expect.stringContaining('pictures differ') });
  });
});

describe('predict', () => {
  test('tells anomalies by its exit code and by a threshold of its own', async () => {
    const args = ['predict', '--model', at('run'), at('data/stripes/test/good'), '--json', at('found.json')];
    const high = await uniad(...args, '--threshold', '1e9', '--fail-on-anomaly');
    expect(high).toMatchObject({ code: 0, stderr: expect.stringContaining('0 of 3 anomalous') });
    const low = await uniad(...args, '--threshold', '0', '--fail-on-anomaly');
    expect(low).toMatchObject({ code: 2, stderr: expect.stringContaining('3 of 3 anomalous') });
    const found = JSON.parse(await readFile(at('found.json'), 'utf8')) as { threshold: number }[];
    expect(found.map(({ threshold }) => threshold)).toEqual([0, 0, 0]);
  });

  test('writes its JSON though nobody reads what it prints', async () => {
    const child = spawn(
      process.execPath,
      [...command, 'predict', '--model', at('run'), at('data/stripes/test'), '--json', at('unread.json')],
      {
        stdio: ['ignore', 'pipe', 'ignore'],
      },
    );
    child.stdout.destroy();
    const code = await new Promise((resolve) => child.on('close', resolve));
    expect(code).toBe(0);
    expect(JSON.parse(await readFile(at('unread.json'), 'utf8'))).toHaveLength(6);
  });

  test('takes file names as long as the file system does; one heat map that cannot be written costs itself alone', async () => {
    await mkdir(at('long'));
    const name = '漢'.repeat(80); // 240 bytes
    await cp(at('data/stripes/test/good/0.png'), at('long', `${name}.png`));
    await cp(at('data/stripes/test/good/1.png'), at('long/blocked.png'));
    await mkdir(at('long-heat/blocked.png'), { recursive: true });
    const { code, stderr } = await uniad(
      'predict',
      '--model',
      at('run'),
      at('long'),
      '--out',
      at('long-heat'),
      '--json',
      at('long.json'),
    );
    expect(code).toBe(1);
    expect(stderr).toMatch(/error: /);
    expect(await readdir(at('long-heat'))).toContain(`${name}.png`);
    const found = JSON.parse(await readFile(at('long.json'), 'utf8')) as { heatmap: string | null; score: number }[];
    expect(found.map(({ heatmap }) => heatmap !== null).sort()).toEqual([false, true]);
    for (const { score } of found) expect(score).toEqual(expect.any(Number));
  });

  test('says which pictures are too large, and takes them when asked', async () => {
    const picture = at('data/stripes/test/good/0.png');
    const small = await uniad('predict', '--model', at('run'), picture, '--max-megapixels', '0.001');
    expect(small).toMatchObject({ code: 1, stderr: expect.stringContaining('at most 1000 pixels') });
    expect(await uniad('predict', '--model', at('run'), picture, '--max-megapixels', '1')).toMatchObject({ code: 0 });
  });
});

test('labels without masks are enough to train and to measure pictures', async () => {
  await cp(at('data'), at('unmasked'), { recursive: true });
  await rm(at('unmasked/stripes/ground_truth'), { recursive: true });
  const trained = await uniad(
    'train',
    '--data',
    at('unmasked'),
    '--out',
    at('unmasked-run'),
    '--epochs',
    '1',
    '--cache',
    at('cache'),
  );
  expect(trained).toMatchObject({ code: 0 });
  const { code, stderr } = await uniad(
    'eval',
    '--model',
    at('unmasked-run'),
    '--data',
    at('unmasked'),
    '--json',
    at('unmasked.json'),
    '--cache',
    at('cache'),
  );
  expect(code).toBe(0);
  expect(stderr).toContain('3 anomalous pictures of stripes have no mask');
  const { categories, images } = JSON.parse(await readFile(at('unmasked.json'), 'utf8')) as {
    categories: { stripes: { imageAuroc: number; pixelAuroc: number | null; withoutMask: number } };
    images: { id: string; score: number; label: string }[];
  };
  expect(categories.stripes).toMatchObject({ imageAuroc: expect.any(Number), pixelAuroc: null, withoutMask: 3 });
  expect(images).toHaveLength(6);
  expect(images[0]).toMatchObject({ id: expect.stringContaining('stripes/test/'), score: expect.any(Number) });
});

test('the paper is the preset of the paper: its backbone, all good pictures', async () => {
  const { code, stderr } = await uniad(
    'train',
    '--data',
    at('data'),
    '--out',
    at('paper'),
    '--preset',
    'paper',
    '--backbone',
    'alexnet',
  );
  expect(code).toBe(1);
  expect(stderr).toContain('alexnet');
});
