import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { trainModels } from './model.js';
import type { Known } from './model.js';
import { post, until } from './requests.js';

let folder: string;
let known: Known[];
let child: ChildProcess | undefined;
let output: string;

function uniad(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<number | null> {
  const main = join(__dirname, '../../uniad/src/cli/main.ts');
  output = '';
  child = spawn(process.execPath, ['--conditions=@uniad/source', '--import', 'tsx', main, 'serve', ...args], {
    env: { ...process.env, NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  for (const stream of [child.stdout, child.stderr]) stream!.on('data', (text: Buffer) => (output += text.toString()));
  return new Promise((resolve) => child!.once('close', resolve));
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'uniad-serve-'));
  known = await trainModels(folder);
}, 120_000);
afterEach(() => void child?.kill('SIGKILL'));
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('uniad serve', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)('serves, and ends in order on %s', async (signal) => {
    const models = ['--model', join(folder, 'run'), '--model', `second=${join(folder, 'other')}`];
    const ended = uniad([...models, '--port', '0', '--workers', '1', '--token-env', 'SECRET'], { SECRET: 'word' });
    await until(() => output.includes('listening at') || child!.exitCode !== null);
    expect(output).toMatch(/run: 1 worker, device/);
    const url = /listening at (\S+)/.exec(output)![1]!;
    const headers = { authorization: 'Bearer word' };
    const { json } = await post(`${url}/models/run/predict`, known[0]!.bytes, { headers });
    expect(json.score).toBeCloseTo(known[0]!.score, 4);
    const many = known.map(({ bytes }) => post(`${url}/models/second/predict`, bytes, { headers }));
    // All have arrived: each is taken, or answered already.
    await until(async () => {
      const text = await (await fetch(`${url}/metrics`, { headers })).text();
      const figures = text.matchAll(/^uniad_requests_(?:taken|total{model="second".*}) (\d+)$/gm);
      return [...figures].reduce((sum, [, figure]) => sum + Number(figure), 0) >= many.length;
    });
    child!.kill(signal);
    for (const { status, json: found } of await Promise.all(many))
      expect([status, found.model]).toEqual([200, 'second']);
    expect(await ended).toBe(0);
    expect(output).toMatch(/stopping\s*$/);
  });

  test('says what it takes', async () => {
    expect(await uniad(['--help'])).toBe(0);
    expect(output).toMatch(/Usage: uniad serve.*--max-requests <n>/s);
  });

  test.each<[string, () => string[], string]>([
    ['no model', () => [], "required option '--model"],
    ['a folder without one', () => ['--model', folder], 'Expected a trained model in'],
    ['two of one name', () => ['--model', join(folder, 'run'), '--model', `run=${folder}`], 'two are called run'],
    ['a token that is not there', () => ['--model', join(folder, 'run'), '--token-env', 'NO_SUCH'], 'variable NO_SUCH'],
    ['a wrong number', () => ['--model', join(folder, 'run'), '--workers', '0'], 'at least 1'],
    ['an unknown option', () => ['--model', join(folder, 'run'), '--threshold', '3'], "unknown option '--threshold'"],
  ])('ends with a reason at %s', async (_, args, message) => {
    expect(await uniad([...args(), '--port', '0'])).toBe(1);
    expect(output).toContain(message);
  });
});
