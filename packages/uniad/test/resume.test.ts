import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { devices } from './devices.js';
import { writeDataset } from './pictures.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'uniad-resume-'));
  await writeDataset(join(folder, 'data'), ['stripes']);
});
afterAll(() => rm(folder, { recursive: true }));

/** Runs the training; kills it without warning as soon as an epoch after `killAfter` ends. */
function run(
  out: string,
  device: string,
  options: { readonly resume?: boolean; readonly killAfter?: number } = {},
): Promise<string[]> {
  const args = [
    '--conditions=@uniad/source',
    '--import',
    'tsx',
    join(__dirname, 'train-child.mts'),
    join(folder, 'data'),
    join(folder, out),
    join(folder, 'cache'),
    device,
  ];
  const child = spawn(process.execPath, options.resume ? [...args, 'resume'] : args, {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: string[] = [];
  let errors = '';
  child.stderr.on('data', (data: Buffer) => (errors += data.toString()));
  child.stdout.on('data', (data: Buffer) => {
    lines.push(...data.toString().trim().split('\n'));
    if (options.killAfter !== undefined && lines.length >= options.killAfter) child.kill('SIGKILL');
  });
  return new Promise((resolve, reject) => {
    child.on('exit', (code, signal) =>
      code === 0 || signal === 'SIGKILL' ? resolve(lines) : reject(new Error(errors)),
    );
  });
}

describe.each(devices.filter((name) => name !== 'cpu'))('on %s', (device) => {
  test('a run that is killed and resumed ends byte for byte as one that is not', async () => {
    await run(`${device}-straight`, device);
    const first = await run(`${device}-killed`, device, { killAfter: 2 });
    const rest = await run(`${device}-killed`, device, { resume: true });
    expect(first.length).toBeLessThan(6);
    expect(rest.at(-1)).toBe('epoch 6');
    expect(rest.length).toBeLessThan(6);
    for (const file of ['model.safetensors', 'model.json']) {
      const [straight, resumed] = await Promise.all(
        ['straight', 'killed'].map((which) => readFile(join(folder, `${device}-${which}`, file))),
      );
      expect(resumed!.equals(straight!)).toBe(true);
    }
  }, 120_000);

  test('a run in progress is not overwritten, and another configuration is not resumed', async () => {
    await expect(run(`${device}-straight`, device)).rejects.toThrow('already holds a run');
    const other = device === 'wasm' ? 'cpu' : 'wasm';
    await expect(run(`${device}-straight`, other, { resume: true })).rejects.toThrow(
      `device was "${device}" and is "${other}"`,
    );
  }, 120_000);
});
