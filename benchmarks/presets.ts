/**
 * Prints how well each preset tells defects after how long: for a few numbers of epochs and seeds, the minutes of training
 * and the AUROC of pictures and pixels, by category and on average. `--help` lists the settings.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDataset, trainAndEvaluate } from '@uniad/core';
import type { Evaluation, PresetName } from '@uniad/core';
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
const dataset = await openDataset(flags.data);
const cache = await mkdtemp(join(tmpdir(), 'uniad-presets-'));

try {
  for (const name of ['paper', 'fast'] as const) {
    for (const epochs of flags[name].map(Number)) {
      const runs: { minutes: number; evaluation: Evaluation }[] = [];
      for (let seed = 0; seed < Number(flags.seeds); seed++) {
        runs.push(await run(name, epochs, seed));
        console.log(row(`${name}, ${epochs} epochs, seed ${seed}`, runs.slice(-1)));
      }
      console.log(row(`${name}, ${epochs} epochs, mean`, runs));
    }
  }
} finally {
  await rm(cache, { recursive: true, force: true });
}

async function run(
  preset: PresetName,
  epochs: number,
  seed: number,
): Promise<{ minutes: number; evaluation: Evaluation }> {
  const out = join(cache, 'run');
  const { evaluation, seconds } = await trainAndEvaluate({
    data: flags.data,
    out,
    preset,
    cache: join(cache, 'features'),
    trainPerCategory: Number(flags.pictures),
    config: { backbone: { name: BACKBONE } },
    training: { epochs, seed },
    checkpointEvery: epochs,
  });
  await rm(out, { recursive: true });
  return { minutes: seconds / 60, evaluation };
}

function row(title: string, runs: readonly { minutes: number; evaluation: Evaluation }[]): string {
  const mean = (of: (run: (typeof runs)[number]) => number) =>
    runs.reduce((sum, run) => sum + of(run), 0) / runs.length;
  const pair = (of: (evaluation: Evaluation) => { imageAuroc: number; pixelAuroc: number }) =>
    `${mean(({ evaluation }) => of(evaluation).imageAuroc).toFixed(3)} / ${mean(({ evaluation }) => of(evaluation).pixelAuroc).toFixed(3)}`;
  const categories = dataset.categories.map(({ name }) => `${name} ${pair(({ categories }) => categories[name]!)}`);
  return `${title}: ${mean(({ minutes }) => minutes).toFixed(1)} min, image / pixel ${pair(({ mean }) => mean)} (${categories.join(', ')})`;
}
