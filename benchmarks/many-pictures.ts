/**
 * Whether memory stays flat as pictures grow in number: draws small pictures in MVTec's layout into a temporary folder, then opens
 * them as a data set, trains on them, evaluates and predicts, each in a process of its own, whose peak of resident memory it prints.
 *
 *     node --conditions=@uniad/source --import tsx benchmarks/many-pictures.ts --pictures 1000 10000
 *
 * `--help` lists the settings.
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { evaluate, load, openDataset, presets, readModel, SampleInspector, selectDevice, train } from '@uniad/core';
import type { PresetName } from '@uniad/core';
import { Generator } from '@uniad/nn';
import { Command, Option } from 'commander';
import sharp from 'sharp';

/** What is measured, in its order: each needs what those before it left. */
const tasks = { index, train: learn, eval: measure, predict } as const;
type Task = keyof typeof tasks;

interface Flags {
  pictures: string[];
  preset: PresetName;
  imageSize: string;
  task?: Task;
  folder?: string;
}

interface Measured {
  readonly seconds: number;
  readonly peakMiB: number;
  readonly what: string;
}

const flags = new Command('many-pictures')
  .option('--pictures <n...>', 'numbers of pictures, of which a fifth are tested on', ['1000', '10000'])
  .addOption(
    new Option('--preset <name>', 'what is trained, for one epoch').choices(Object.keys(presets)).default('fast'),
  )
  .option('--image-size <pixels>', 'side of the pictures that the model sees', '112')
  .addOption(new Option('--task <name>').choices(Object.keys(tasks)).hideHelp())
  .addOption(new Option('--folder <dir>').hideHelp())
  .parse()
  .opts<Flags>();

const KINDS = ['tile', 'cloth', 'plate', 'board'];
const SIDE = 64;

if (flags.task) {
  const started = performance.now();
  const what = await tasks[flags.task](flags.folder!);
  const measured: Measured = { seconds: (performance.now() - started) / 1000, peakMiB: await peak(), what };
  console.log(JSON.stringify(measured));
  process.exit(0);
}

console.log('| pictures | what | seconds | peak, MiB | |\n| --- | --- | --- | --- | --- |');
for (const pictures of flags.pictures) {
  const folder = await mkdtemp(join(tmpdir(), 'uniad-many-'));
  try {
    await draw(join(folder, 'parts'), Number(pictures));
    for (const task of Object.keys(tasks)) {
      const { seconds, peakMiB, what } = await inChild(task, folder);
      console.log(`| ${pictures} | ${task} | ${seconds.toFixed(1)} | ${peakMiB.toFixed(0)} | ${what} |`);
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function inChild(task: string, folder: string): Promise<Measured> {
  const script = fileURLToPath(import.meta.url);
  const own = ['--task', task, '--folder', folder, '--preset', flags.preset, '--image-size', flags.imageSize];
  const { stdout } = await promisify(execFile)(process.execPath, [...process.execArgv, script, ...own]);
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as Measured;
}

async function index(folder: string): Promise<string> {
  const { categories } = await openDataset(join(folder, 'parts'));
  const found = categories.reduce((sum, { train, test }) => sum + train.length + test.length, 0);
  return `${found} found`;
}

async function learn(folder: string): Promise<string> {
  let pictures = 0;
  const side = Number(flags.imageSize);
  await train({
    data: join(folder, 'parts'),
    out: join(folder, 'run'),
    cache: join(folder, 'features'),
    preset: flags.preset,
    config: { imageSize: [side, side] },
    crossFit: 0,
    training: { epochs: 1 },
    onEvent: (event) => {
      if (event.type === 'pictures') pictures = event.train;
      if (event.type === 'warning') console.error(event.message);
    },
  });
  return `${pictures} learned, features extracted`;
}

async function measure(folder: string): Promise<string> {
  const inspector = new SampleInspector(
    await readModel(join(folder, 'run')),
    await selectDevice(),
    join(folder, 'features'),
  );
  const { scored } = await evaluate(inspector, await openDataset(join(folder, 'parts')));
  return `${scored.length} evaluated`;
}

async function predict(folder: string): Promise<string> {
  const inspector = await load(join(folder, 'run'));
  const { categories } = await openDataset(join(folder, 'parts'));
  const paths = categories.flatMap(({ test }) => test.map(({ path }) => path));
  let predicted = 0;
  for await (const _ of inspector.predictEach(paths)) predicted++;
  return `${predicted} predicted`;
}

/** Of resident memory, in MiB; Linux tells it of the process alone, where `maxRSS` begins with its parent's. */
async function peak(): Promise<number> {
  const status = await readFile('/proc/self/status', 'utf8').catch(() => '');
  const [, kilobytes] = /^VmHWM:\s+(\d+) kB/m.exec(status) ?? [];
  return Number(kilobytes ?? process.resourceUsage().maxRSS) / 1024;
}

/** Of every kind four fifths to learn from, and of the rest every other one with a spot. */
async function draw(folder: string, pictures: number): Promise<void> {
  for (const kind of KINDS) {
    for (const place of ['train/good', 'test/good', 'test/spot', 'ground_truth/spot'])
      await mkdir(join(folder, kind, place), { recursive: true });
  }
  const queue = Array.from({ length: pictures }, (_, i) => i).values();
  const work = async () => {
    for (const i of queue) await drawOne(folder, i);
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
}

async function drawOne(folder: string, i: number): Promise<void> {
  const kind = i % KINDS.length;
  const place = Math.floor(i / KINDS.length) % 10;
  const name = String(i).padStart(6, '0');
  const spotted = place === 9;
  const values = texture(kind, new Generator(i));
  const mask = new Uint8Array(SIDE ** 2);
  if (spotted) {
    for (let row = 20; row < 32; row++) {
      for (let column = 24; column < 36; column++) {
        values[row * SIDE + column] = 255;
        mask[row * SIDE + column] = 255;
      }
    }
  }
  const raw = { width: SIDE, height: SIDE, channels: 1 as const };
  const split = place < 8 ? 'train/good' : spotted ? 'test/spot' : 'test/good';
  const at = join(folder, KINDS[kind]!);
  await sharp(values, { raw })
    .png()
    .toFile(join(at, split, `${name}.png`));
  if (spotted)
    await sharp(mask, { raw })
      .png()
      .toFile(join(at, 'ground_truth/spot', `${name}_mask.png`));
}

/** Waves of each kind's own direction and length, somewhere, with noise. */
function texture(kind: number, generator: Generator): Uint8Array {
  const [phase, angle] = [6.28 * generator.uniform(), kind + 0.1 * generator.uniform()];
  const noise = generator.fillNormal(new Float32Array(SIDE ** 2), 0, 8);
  const rate = 0.3 + 0.2 * kind;
  return Uint8Array.from(noise, (value, i) => {
    const along = (i % SIDE) * Math.cos(angle) + Math.floor(i / SIDE) * Math.sin(angle);
    return Math.min(255, Math.max(0, 110 + 60 * Math.sin(phase + rate * along) + value));
  });
}
