/**
 * Times the paper's model in int8 and in float32 beside PyTorch's float32, a run of each in turn, so that whatever else the machine
 * does falls on all alike, and prints medians, their ratios, and the ratios of the least of each, which is what a machine with nothing else to do
 * would show: both are the best of one thread and all, PyTorch of both its attentions too. `--help` lists the settings.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs';
import { loadWeights, randomWeights, weightsOfStages } from '@uniad/backbones';
import {
  createModel,
  defaultConfig,
  Detector,
  encodeModel,
  FeatureExtractor,
  ReconstructionModel,
  resolveConfig,
  selectDevice,
  toInt8Model,
} from '@uniad/core';
import type { TrainedModel } from '@uniad/core';
import { decodePicture, IMAGENET_DEVIATION, IMAGENET_MEAN, preprocessPicture } from '@uniad/datasets';
import { Generator } from '@uniad/nn';
import { Command, Option } from 'commander';
import sharp from 'sharp';
import { median } from './figures.js';

const BACKBONE = 'tf_efficientnetv2_b0';
const CHANNELS = 272; // EfficientNet-B4's stages 1 to 4
const BATCH = 8;
const PRECISIONS = ['float32', 'int8'] as const;
const THREADS = [...new Set([1, availableParallelism()])];

const TITLES = { forward: `forward, batch ${BATCH}`, predict: 'JPEG to map' };
type What = keyof typeof TITLES;

const flags = new Command('int8')
  .option('--rounds <n>', 'runs of each', '25')
  .option('--weights <file>', `of ${BACKBONE}; random ones by default`)
  .option('--python <command>', 'the Python that has torch and Pillow', 'python3')
  .addOption(
    new Option('--only <what...>', 'what to time').choices(['forward', 'predict']).default(['forward', 'predict']),
  )
  .option('--all', 'prints each thread count and attention too')
  .parse()
  .opts<{ rounds: string; weights?: string; python: string; only: What[]; all?: true }>();

/** One run; gives the milliseconds that it took. */
type Run = () => Promise<number>;

async function timed(run: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await run();
  return performance.now() - started;
}

interface Ours {
  readonly runs: Record<string, Run>;
  /** Of the files of a model, in float32 and in int8. */
  readonly megabytes: readonly number[];
}

async function ourRuns(jpeg: Buffer): Promise<Ours> {
  const { compile } = await selectDevice('onnxruntime');
  const runs: Record<string, Run> = {};
  const network = new ReconstructionModel(defaultConfig, CHANNELS, new Generator(0));
  const size = BATCH * 14 * 14 * CHANNELS;
  const features = tf.tensor4d(new Generator(3).fillNormal(new Float32Array(size), 0, 1), [BATCH, 14, 14, CHANNELS]);
  const config = resolveConfig({ backbone: { name: BACKBONE } });
  const whole = flags.weights
    ? await loadWeights(flags.weights, { backbone: BACKBONE })
    : randomWeights(BACKBONE, new Generator(1));
  const weights = weightsOfStages(BACKBONE, { stages: config.backbone.stages, weights: whole });
  const extractor = new FeatureExtractor(config, weights, compile);
  const trained = createModel(config, extractor.channels, new Generator(0));
  const model: TrainedModel = {
    id: 'random',
    config,
    categories: [],
    input: { mean: IMAGENET_MEAN, deviation: IMAGENET_DEVIATION },
    threshold: { score: 1, source: 'none', mapRange: [0, 1] },
    kinds: [],
    parameters: await trained.parameters.stateDict(),
    backbone: weights,
  };
  const models = { float32: model, int8: toInt8Model(model) };
  for (const [precision, threads] of PRECISIONS.flatMap((one) => THREADS.map((count) => [one, count] as const))) {
    const settings = { freezeVariables: true, precision, threads };
    const forward = compile((x) => [network.reconstruct(x as tf.Tensor4D)], settings);
    runs[`forward ${precision} ${threads}`] = () =>
      timed(async () => {
        const [output] = forward(features);
        await output!.data();
        output!.dispose();
      });
    const detector = new Detector(models[precision], (fn, options) => compile(fn, { ...options, threads }));
    runs[`predict ${precision} ${threads}`] = () =>
      timed(async () =>
        detector.inspectImages([preprocessPicture(await decodePicture(jpeg), { imageSize: config.imageSize })]),
      );
  }
  const sizes = PRECISIONS.map((one) => Object.values(encodeModel(models[one])) as Uint8Array[]);
  return { runs, megabytes: sizes.map((files) => files.reduce((sum, { length }) => sum + length / 1e6, 0)) };
}

/** PyTorch in a process of its own that waits for its turn. */
async function peerRuns(picture: string): Promise<{ runs: Record<string, Run>; stop: () => void }> {
  const script = join(dirname(fileURLToPath(import.meta.url)), 'peers', 'on_demand.py');
  const peer = spawn(flags.python, [script, picture, ...(flags.weights ? [flags.weights] : [])], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' },
  });
  const lines = createInterface({ input: peer.stdout })[Symbol.asyncIterator]();
  const answer = async () => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`${flags.python} ended; is torch there?`);
    return value;
  };
  await answer();
  const run =
    (name: string): Run =>
    async () => {
      peer.stdin.write(`${name}\n`);
      return Number(await answer());
    };
  const names = flags.only.flatMap((what) => [what, `${what}-sdpa`]);
  const all = names.flatMap((name) => THREADS.map((count) => `${name} ${count}`));
  return { runs: Object.fromEntries(all.map((name) => [`torch ${name}`, run(name)])), stop: () => peer.stdin.end() };
}

const folder = await mkdtemp(join(tmpdir(), 'uniad-int8-'));
try {
  const noise = Buffer.from(new Generator(2).fillUniform(new Float32Array(256 * 256 * 3), 0, 255).map(Math.floor));
  const jpeg = await sharp(noise, { raw: { width: 256, height: 256, channels: 3 } })
    .blur(2)
    .jpeg()
    .toBuffer();
  const picture = join(folder, 'picture.jpg');
  await writeFile(picture, jpeg);
  const peers = await peerRuns(picture);
  const ours = await ourRuns(jpeg);
  const all = Object.entries({ ...ours.runs, ...peers.runs });
  const runs = all.filter(([name]) => flags.only.some((what) => name.includes(what)));
  const times = new Map<string, number[]>(runs.map(([name]) => [name, []]));
  const WARM_UP = 2;
  for (let round = 0; round < Number(flags.rounds) + WARM_UP; round++) {
    for (const [name, run] of runs) {
      const milliseconds = await run();
      if (round >= WARM_UP) times.get(name)!.push(milliseconds);
    }
  }
  peers.stop();
  /** The best of all runs whose names start so. */
  const best = (start: string, figure: (values: readonly number[]) => number) =>
    Math.min(...[...times].filter(([name]) => name.startsWith(start)).map(([, values]) => figure(values)));
  const least = (values: readonly number[]) => Math.min(...values);
  const rows = flags.only.map((what) => {
    const torch = best(`torch ${what}`, median);
    const columns: [string, string][] = PRECISIONS.flatMap((precision) => {
      const ours = best(`${what} ${precision}`, median);
      const ofLeast = best(`${what} ${precision}`, least) / best(`torch ${what}`, least);
      return [
        [`${precision} ms`, ours.toFixed(1)],
        [`${precision} ratio`, (ours / torch).toFixed(2)],
        [`${precision} ratio of the least`, ofLeast.toFixed(2)],
      ];
    });
    return [TITLES[what], { 'PyTorch ms': torch.toFixed(1), ...Object.fromEntries(columns) }] as const;
  });
  console.table(Object.fromEntries(rows));
  console.log(`model: ${ours.megabytes.map((size) => size.toFixed(1)).join(' MB in float32, ')} MB in int8`);
  if (flags.all)
    console.table(
      Object.fromEntries([...times].map(([name, values]) => [name, { median: median(values), least: least(values) }])),
    );
} finally {
  await rm(folder, { recursive: true });
}
process.exit(); // The device's threads do not end by themselves.
