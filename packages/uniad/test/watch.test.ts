import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { appendFile, cp, mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { load, train } from '../src/index.js';
import { writeDataset } from './pictures.js';

const SETTLE = 0.3;

let folder: string;
/** The bytes of some pictures, and what predict says of them. */
let pictures: { bytes: Buffer; score: number }[];
let child: ChildProcess | undefined;
let output: string;
const at = (...parts: string[]) => join(folder, ...parts);

interface Line {
  readonly image: string;
  readonly score?: number;
  readonly heatmap?: string;
  readonly error?: string;
}

function watch(...args: string[]): ChildProcess {
  const main = join(__dirname, '../src/cli/main.ts');
  output = '';
  child = spawn(
    process.execPath,
    [
      '--conditions=@uniad/source',
      '--import',
      'tsx',
      main,
      'watch',
      '--model',
      at('run'),
      '--settle',
      String(SETTLE),
      ...args,
    ],
    { env: { ...process.env, NO_COLOR: '1' }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  for (const stream of [child.stdout, child.stderr]) stream!.on('data', (text: Buffer) => (output += text.toString()));
  return child;
}

async function end(signal: NodeJS.Signals): Promise<number | null> {
  const ended = new Promise<number | null>((resolve) => child!.once('exit', resolve));
  child!.kill(signal);
  return ended;
}

const exitCode = () => new Promise<number | null>((resolve) => child!.once('close', resolve));
const sleep = (seconds: number) => new Promise((resolve) => setTimeout(resolve, 1000 * seconds));

/** The whole lines; the last one may be being written. */
async function lines(): Promise<Line[]> {
  const text = await readFile(at('out/findings.jsonl'), 'utf8').catch(() => '');
  return text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Line);
}

async function linesOnceThereAre(count: number): Promise<Line[]> {
  for (;;) {
    const found = await lines();
    if (found.length >= count) return found;
    if (child!.exitCode !== null) throw new Error(`the command ended: ${output}`);
    await sleep(0.05);
  }
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'uniad-watch-'));
  await writeDataset(at('data'), ['stripes'], 8);
  const config = { imageSize: [64, 64], featureSize: [8, 8] } as const;
  await train({ data: at('data'), out: at('run'), cache: at('cache'), config, crossFit: 0, training: { epochs: 1 } });
  const inspector = await load(at('run'));
  const names = ['good/0', 'good/1', 'good/2', 'square/0', 'square/1', 'square/2'];
  pictures = [];
  for (const name of names) {
    const bytes = await sharp(at(`data/stripes/test/${name}.png`))
      .jpeg()
      .toBuffer();
    pictures.push({ bytes, score: (await inspector.predict(bytes)).score });
  }
  inspector.dispose();
}, 120_000);

beforeEach(async () => {
  await mkdir(at('in'));
});
afterEach(async () => {
  if (child?.exitCode === null) await end('SIGKILL');
  for (const name of ['in', 'out']) await rm(at(name), { recursive: true, force: true });
});
afterAll(() => rm(folder, { recursive: true }));

test('what is there and what comes is inspected, once it is complete', async () => {
  const [first, second, third, fourth] = pictures;
  await writeFile(at('in/there.jpg'), first!.bytes);
  await writeFile(at('in/notes.txt'), 'no picture');
  await writeFile(at('in/.hidden.jpg'), first!.bytes);
  watch(at('in'), '--out', at('out'));
  expect(await linesOnceThereAre(1)).toEqual([
    expect.objectContaining({
      image: 'there.jpg',
      score: expect.closeTo(first!.score, 4),
      heatmap: 'heatmaps/there.jpg.png',
    }),
  ]);
  await mkdir(at('in/camera 2'));
  await writeFile(at('in/camera 2/new.jpg'), second!.bytes);
  await linesOnceThereAre(2);

  // In two halves, with a pause that is longer than a file is waited for.
  const middle = third!.bytes.length / 2;
  await writeFile(at('in/slow.jpg'), third!.bytes.subarray(0, middle));
  await sleep(4 * SETTLE);
  await appendFile(at('in/slow.jpg'), third!.bytes.subarray(middle));
  await linesOnceThereAre(3);

  // In place of another; and what is none.
  await writeFile(at('in/there.jpg'), fourth!.bytes);
  await linesOnceThereAre(4);
  await writeFile(at('in/bad.jpg'), 'no picture');
  const all = await linesOnceThereAre(5);

  expect(await end('SIGTERM')).toBe(0);
  expect(output).toMatch(/of 4 anomalous|of 5 anomalous/);
  expect(await lines()).toHaveLength(5);
  expect(all.map(({ image }) => image)).toEqual(['there.jpg', 'camera 2/new.jpg', 'slow.jpg', 'there.jpg', 'bad.jpg']);
  [first, second, third, fourth].forEach((picture, i) => expect(all[i]!.score).toBeCloseTo(picture!.score, 4));
  expect(all[4]).toMatchObject({ error: expect.stringContaining('bad.jpg') });
  for (const { heatmap } of all.slice(0, 4)) {
    expect(await sharp(at('out', heatmap!)).metadata()).toMatchObject({ format: 'png', width: 64 });
  }
}, 60_000);

test('killed at any moment, in the middle of a line too, it does none twice and misses none', async () => {
  const write = (i: number) => writeFile(at('in', `${i}.jpg`), pictures[i % pictures.length]!.bytes);
  for (let i = 0; i < 4; i++) await write(i);
  watch(at('in'), '--out', at('out'));
  await linesOnceThereAre(2);
  await end('SIGKILL');
  // As if it had been writing the last line.
  const { size } = await stat(at('out/findings.jsonl'));
  await truncate(at('out/findings.jsonl'), size - 20);
  for (let i = 4; i < 8; i++) await write(i);

  for (const count of [5, 8]) {
    watch(at('in'), '--out', at('out'));
    await linesOnceThereAre(count);
    await end(count === 8 ? 'SIGTERM' : 'SIGKILL');
  }
  const all = await lines();
  expect(all.map(({ image }) => image).sort()).toEqual(Array.from({ length: 8 }, (_, i) => `${i}.jpg`));
  for (const { image, score } of all) expect(score).toBeCloseTo(pictures[parseInt(image) % pictures.length]!.score, 4);

  watch(at('in'), '--out', at('out'));
  await write(8);
  expect((await linesOnceThereAre(9))[8]).toMatchObject({ image: '8.jpg' });
  expect(output).toContain('8 pictures inspected before');
}, 60_000);

test('one that is written to already is refused, and taken once the other ended', async () => {
  await writeFile(at('in/0.jpg'), pictures[0]!.bytes);
  const first = watch(at('in'), '--out', at('out'));
  await linesOnceThereAre(1);
  watch(at('in'), '--out', at('out'));
  expect(await exitCode()).toBe(1);
  expect(output).toContain('another one is writing to it');

  child = first;
  expect(await end('SIGTERM')).toBe(0);
  expect(await readdir(at('out'))).not.toContain('findings.jsonl.lock');
  await writeFile(at('in/1.jpg'), pictures[1]!.bytes);
  watch(at('in'), '--out', at('out'));
  expect(await linesOnceThereAre(2)).toMatchObject([{ image: '0.jpg' }, { image: '1.jpg' }]);
}, 60_000);

test('the folder that is written may lie in the one that is watched, and is no input', async () => {
  await writeFile(at('in/a.jpg'), pictures[0]!.bytes);
  watch(at('in'), '--out', at('in/inspected'));
  while (!(await readFile(at('in/inspected/findings.jsonl'), 'utf8').catch(() => ''))) await sleep(0.05);
  await sleep(3 * SETTLE);
  expect(await end('SIGINT')).toBe(0);
  expect((await readFile(at('in/inspected/findings.jsonl'), 'utf8')).trim().split('\n')).toHaveLength(1);
  expect(await readdir(at('in/inspected/heatmaps'))).toEqual(['a.jpg.png']);
}, 30_000);

test.each<[string, () => string[], string]>([
  ['a folder that is not there', () => [at('none'), '--out', at('out')], 'found nothing'],
  ['the same folder', () => [at('in'), '--out', at('in')], 'apart from'],
  ['a folder above', () => [at('in'), '--out', folder], 'apart from'],
  ['no time at all', () => [at('in'), '--out', at('out'), '--settle', '0'], 'Expected a number above 0'],
])('%s is refused', async (_, args, message) => {
  await cp(at('data/stripes/test/good'), at('in'), { recursive: true });
  watch(...args());
  expect(await exitCode()).toBe(1);
  expect(output).toContain(message);
  expect((await readdir(at('in'))).sort()).toEqual(['0.png', '1.png', '2.png']);
});
