/**
 * Trains UniAD alike on the features of `uniad_tiny`, of a `uniad_tiny` of random weights and of other backbones, and prints mean
 * AUROC of pictures and pixels. `--help` lists the settings.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { loadWeights, randomWeights } from '@uniad/backbones';
import { trainAndEvaluate } from '@uniad/core';
import type { Evaluation } from '@uniad/core';
import { Generator } from '@uniad/nn';
import type { StateDict } from '@uniad/nn';

interface Flags {
  readonly data: string;
  readonly backbone: string[];
  readonly epochs: string;
  readonly pictures: string;
  readonly seed: string;
  readonly cache: string;
}

const flags = new Command('compare')
  .requiredOption('--data <folder>', 'pictures in MVTec layout')
  .option('--backbone <name=file...>', 'others to stand beside it, and their weights', [])
  .option('--epochs <n>', 'of training', '12')
  .option('--pictures <n>', 'training pictures of each category', '90')
  .option('--seed <n>', 'of UniAD', '0')
  .option('--cache <folder>', 'where features are kept', join(tmpdir(), 'uniad-compare'))
  .parse()
  .opts<Flags>();

interface Candidate {
  readonly title: string;
  readonly name: string;
  readonly weights: () => Promise<StateDict>;
}

const candidates: Candidate[] = [
  { title: 'uniad_tiny', name: 'uniad_tiny', weights: () => loadWeights('uniad_tiny') },
  {
    title: 'uniad_tiny, random',
    name: 'uniad_tiny',
    weights: async () => randomWeights('uniad_tiny', new Generator(0)),
  },
  ...flags.backbone.map((given) => {
    const [name = '', file = ''] = given.split('=');
    return { title: name, name, weights: () => loadWeights(file) };
  }),
];

for (const candidate of candidates) {
  const out = await mkdtemp(join(tmpdir(), 'uniad-compare-run-'));
  try {
    const { mean, categories } = await score(candidate, out);
    const figures = Object.entries(categories).map(
      ([name, { imageAuroc, pixelAuroc }]) => `${name} ${imageAuroc.toFixed(3)} / ${pixelAuroc.toFixed(3)}`,
    );
    console.log(
      `${candidate.title}: image ${mean.imageAuroc.toFixed(3)}, pixel ${mean.pixelAuroc.toFixed(3)} (${figures.join(', ')})`,
    );
  } finally {
    await rm(out, { recursive: true, force: true });
  }
}

async function score({ name, weights }: Candidate, out: string): Promise<Evaluation> {
  const { evaluation } = await trainAndEvaluate({
    data: flags.data,
    out,
    weights: await weights(),
    trainPerCategory: Number(flags.pictures),
    cache: flags.cache,
    config: { backbone: { name } },
    training: { epochs: Number(flags.epochs), seed: Number(flags.seed) },
  });
  return evaluation;
}
