/**
 * Times PatchCore's memory bank beside anomalib's, on the same patches of real pictures in one run: choosing the coreset, and the
 * search for one picture's nearest neighbours in it.
 *
 *     node --conditions=@uniad/source --import tsx benchmarks/coreset.ts --data DATA --python PYTHON
 *
 * PYTHON has anomalib installed. `--help` lists the settings.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as tf from '@tensorflow/tfjs';
import { describeBackbone, loadWeights } from '@uniad/backbones';
import {
  createModel,
  FeatureExtractor,
  fit,
  openDataset,
  prepareImage,
  resolveConfig,
  resolveTraining,
  selectDevice,
} from '@uniad/core';
import { Generator } from '@uniad/nn';
import { Command } from 'commander';
import { median } from './figures.js';

interface Theirs {
  readonly coresetSeconds: number;
  readonly searchMs: number;
  /** How far a patch is from its nearest in their bank, at most. */
  readonly radius: number;
  /** The same in ours. */
  readonly radiusOfOurs: number;
}

const flags = new Command('coreset')
  .requiredOption('--data <folder>', 'pictures in MVTec layout')
  .option('--backbone <name>', 'feature extractor', 'uniad_tiny')
  .option('--pictures <n>', 'good pictures, of all categories in turn', '40')
  .option('--ratio <n>', 'share of the patches that is kept', '0.1')
  .option('--python <command>', 'the Python that has anomalib', 'python3')
  .parse()
  .opts<{ data: string; backbone: string; pictures: string; ratio: string; python: string }>();

const SEARCHES = 20;
const here = dirname(fileURLToPath(import.meta.url));
const config = resolveConfig({
  method: 'patchcore',
  backbone: { name: flags.backbone },
  coreset: { ratio: Number(flags.ratio) },
});
const { compile } = await selectDevice('auto');
const weights = await loadWeights(flags.backbone, { backbone: flags.backbone });
const extractor = new FeatureExtractor(config, weights, compile);
const { categories } = await openDataset(flags.data);
const samples = Array.from({ length: Number(flags.pictures) }, (_, i) => {
  return categories[i % categories.length]!.train[Math.floor(i / categories.length)]!;
});
const input = describeBackbone(flags.backbone);
const images = await Promise.all(
  samples.map(async (sample) => prepareImage(await sample.picture(), config.imageSize, input)),
);
const features = await extractor.extract(images);
const { shape } = extractor;

const folder = await mkdtemp(join(tmpdir(), 'uniad-coreset-'));
try {
  const model = createModel(config, extractor.channels, new Generator(0));
  const source = { length: features.length, shape, read: async (index: number) => features[index]! };
  const started = performance.now();
  await fit(model, source, resolveTraining(), compile);
  const seconds = (performance.now() - started) / 1000;
  const search = compile((picture) => [model.distance(picture as tf.Tensor4D)], { freezeVariables: true });
  const picture = tf.tensor4d(features[0]!, [1, ...shape]);
  const times: number[] = [];
  for (let i = 0; i < SEARCHES + 2; i++) {
    const began = performance.now();
    const [distance] = search(picture);
    await distance!.data();
    distance!.dispose();
    if (i >= 2) times.push(performance.now() - began); // The first ones compile.
  }
  const { memory_bank: bank } = await model.parameters.stateDict();
  const tokens = new Float32Array(features.length * features[0]!.length);
  features.forEach((one, i) => tokens.set(one, i * one.length));
  await Promise.all([
    writeFile(join(folder, 'patches'), tokens),
    writeFile(join(folder, 'bank'), Float32Array.from(bank!.data)),
  ]);
  const sizes = [extractor.channels, features[0]!.length / extractor.channels, Number(flags.ratio), SEARCHES];
  const script = join(here, 'peers', 'coreset.py');
  const { stdout } = await promisify(execFile)(flags.python, [script, folder, ...sizes.map(String)]);
  const theirs = JSON.parse(stdout.trim().split('\n').at(-1)!) as Theirs;
  const row = (title: string, ours: number, other: number, digits: number) =>
    `| ${title} | ${ours.toFixed(digits)} | ${other.toFixed(digits)} | ${(ours / other).toFixed(3)} |`;
  console.log(
    `${tokens.length / extractor.channels} patches of ${extractor.channels} channels, ${bank!.shape[0]} kept`,
  );
  console.log('| | uniad | anomalib | ratio |\n| --- | --- | --- | --- |');
  console.log(row('coreset, s', seconds, theirs.coresetSeconds, 2));
  console.log(row('search of one picture, ms', median(times), theirs.searchMs, 1));
  console.log(row('farthest patch from the bank', theirs.radiusOfOurs, theirs.radius, 3));
} finally {
  await rm(folder, { recursive: true });
}
