/**
 * Prints how well presets tell and find defects after how long: the minutes of learning from kept features, AUROC of pictures
 * and pixels, AUPRO, and AUROC of all pictures in one ranking, by category and on average. `--help` lists the settings.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { presets, trainAndEvaluate } from '@uniad/core';
import type { Evaluation, PresetName } from '@uniad/core';
import { Command } from 'commander';

interface Flags {
  readonly data: string;
  readonly pictures: string;
  readonly seeds: string;
  readonly run: string[];
  readonly backbone: string;
  readonly weights?: string;
}

const flags = new Command('presets')
  .requiredOption('--data <folder>', 'pictures in MVTec layout')
  .option('--run <presets...>', 'what to run, each PRESET or PRESET:EPOCHS', [
    'paper:2',
    'paper:4',
    'fast:4',
    'fast',
    'nearest',
    'padim',
    'patchcore',
  ])
  .option('--pictures <n>', 'training pictures of each category', '90')
  .option('--seeds <n>', 'runs of each kind', '3')
  .option('--backbone <name>', 'feature extractor', 'uniad_tiny')
  .option('--weights <file>', 'of the feature extractor')
  .parse()
  .opts<Flags>();

interface Run {
  readonly minutes: number;
  readonly evaluation: Evaluation;
}

const cache = await mkdtemp(join(tmpdir(), 'uniad-presets-'));
try {
  for (const text of flags.run) {
    const [name = '', epochs] = text.split(':');
    if (!(name in presets)) throw new Error(`Expected one of ${Object.keys(presets).join(', ')} but received ${name}`);
    const runs: Run[] = [];
    for (let seed = 0; seed < Number(flags.seeds); seed++) {
      runs.push(await run(name as PresetName, epochs === undefined ? undefined : Number(epochs), seed));
      console.log(row(`${text}, seed ${seed}`, runs.slice(-1)));
    }
    console.log(row(`${text}, mean`, runs));
  }
} finally {
  await rm(cache, { recursive: true, force: true });
}

async function run(preset: PresetName, epochs: number | undefined, seed: number): Promise<Run> {
  const out = join(cache, 'run');
  let featuresDone = performance.now();
  let fitted = featuresDone;
  const { evaluation } = await trainAndEvaluate({
    data: flags.data,
    out,
    preset,
    cache: join(cache, 'features'),
    trainPerCategory: Number(flags.pictures),
    config: { backbone: { name: flags.backbone } },
    weights: flags.weights,
    training: { epochs, seed },
    checkpointEvery: 1000,
    onEvent: ({ type }) => {
      if (type === 'features' || type === 'pictures') featuresDone = performance.now();
      if (type === 'epoch' || type === 'fitting') fitted = performance.now();
    },
  });
  await rm(out, { recursive: true });
  return { minutes: (fitted - featuresDone) / 60_000, evaluation };
}

function row(title: string, runs: readonly Run[]): string {
  const mean = (of: (run: Run) => number) => (runs.reduce((sum, run) => sum + of(run), 0) / runs.length).toFixed(3);
  const names = Object.keys(runs[0]!.evaluation.categories);
  const categories = names.map((name) => {
    const of = (key: 'imageAuroc' | 'pixelAuroc') => mean(({ evaluation }) => evaluation.categories[name]![key]);
    return `${name} ${of('imageAuroc')} / ${of('pixelAuroc')}`;
  });
  const all = (['imageAuroc', 'pixelAuroc', 'aupro'] as const).map((key) =>
    mean(({ evaluation }) => evaluation.mean[key]),
  );
  const pooled = mean(({ evaluation }) => evaluation.pooled.imageAuroc);
  return `| ${title} | ${mean(({ minutes }) => minutes)} | ${all.join(' / ')} | ${pooled} | ${categories.join(' | ')} |`;
}
