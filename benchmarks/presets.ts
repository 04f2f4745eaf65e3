/**
 * Prints how well each preset tells defects after how long: for a few numbers of epochs and seeds, the minutes of training
 * and the AUROC of pictures and pixels, by category and on average. `--help` lists the settings.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Detector, evaluate, FeatureStore, loadWeights, openDataset, presets, selectDevice, train } from '@uniad/core';
import type { Evaluation, Preset, PresetName } from '@uniad/core';
import { Command } from 'commander';

interface Flags {
  readonly data: string;
  readonly pictures: string;
  readonly seeds: string;
  readonly paper: string[];
  readonly fast: string[];
}

const flags = new Command('presets')
  .requiredOption('--data <folder>', 'pictures in MVTec layout')
  .option('--pictures <n>', 'training pictures of each category', '90')
  .option('--seeds <n>', 'runs of each kind', '3')
  .option('--paper <epochs...>', 'budgets of the preset paper', ['2', '4'])
  .option('--fast <epochs...>', 'budgets of the preset fast', ['4', '12'])
  .parse()
  .opts<Flags>();

const BACKBONE = 'uniad_tiny';
const weights = await loadWeights(BACKBONE);
const dataset = await openDataset(flags.data);
const device = await selectDevice();
const cache = await mkdtemp(join(tmpdir(), 'uniad-presets-'));

try {
  for (const name of Object.keys(presets) as PresetName[]) {
    for (const epochs of flags[name].map(Number)) {
      const runs: { minutes: number; evaluation: Evaluation }[] = [];
      for (let seed = 0; seed < Number(flags.seeds); seed++) {
        runs.push(await run(presets[name], epochs, seed));
        console.log(row(`${name}, ${epochs} epochs, seed ${seed}`, runs.slice(-1)));
      }
      console.log(row(`${name}, ${epochs} epochs, mean`, runs));
    }
  }
} finally {
  await rm(cache, { recursive: true, force: true });
}

async function run(
  { config, training }: Preset,
  epochs: number,
  seed: number,
): Promise<{ minutes: number; evaluation: Evaluation }> {
  const out = join(cache, 'run');
  const model = await train({
    data: flags.data,
    out,
    weights,
    cache: join(cache, 'features'),
    trainPerCategory: Number(flags.pictures),
    config: { ...config, backbone: { name: BACKBONE } },
    training: { ...training, epochs, seed },
    checkpointEvery: epochs,
  });
  const detector = new Detector(model, device.compile);
  try {
    const evaluation = await evaluate(
      detector,
      dataset,
      new FeatureStore(join(cache, 'features'), model.config, weights, detector.extractor),
    );
    const { seconds } = JSON.parse(await readFile(join(out, 'training.json'), 'utf8')) as { seconds: number };
    return { minutes: seconds / 60, evaluation };
  } finally {
    detector.dispose();
    await rm(out, { recursive: true });
  }
}

function row(title: string, runs: readonly { minutes: number; evaluation: Evaluation }[]): string {
  const mean = (of: (run: (typeof runs)[number]) => number) =>
    runs.reduce((sum, run) => sum + of(run), 0) / runs.length;
  const pair = (of: (evaluation: Evaluation) => { imageAuroc: number; pixelAuroc: number }) =>
    `${mean(({ evaluation }) => of(evaluation).imageAuroc).toFixed(3)} / ${mean(({ evaluation }) => of(evaluation).pixelAuroc).toFixed(3)}`;
  const categories = dataset.categories.map(({ name }) => `${name} ${pair(({ categories }) => categories[name]!)}`);
  return `${title}: ${mean(({ minutes }) => minutes).toFixed(1)} min, image / pixel ${pair(({ mean }) => mean)} (${categories.join(', ')})`;
}
