/**
 * Times the paper's model in int8 and in float32 beside PyTorch's float32, a run of each in turn, so that whatever else the machine
 * does falls on all alike, and prints medians and their ratios: PyTorch's is the best of both its attentions and of one thread and all. `--help` lists the settings.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs';
import { loadWeights, randomWeights } from '@uniad/backbones';
import { createModel, Detector, FeatureExtractor, ReconstructionModel, resolveConfig, selectDevice } from '@uniad/core';
import { defaultConfig } from '@uniad/core';
import { decodePicture, IMAGENET_DEVIATION, IMAGENET_MEAN, preprocessPicture } from '@uniad/datasets';
import { Generator } from '@uniad/nn';
import { Command } from 'commander';
import sharp from 'sharp';
import { median } from './figures.js';

const BACKBONE = 'tf_efficientnetv2_b0';
const CHANNELS = 272; // EfficientNet-B4's stages 1 to 4
const BATCH = 8;
const PRECISIONS = ['float32', 'int8'] as const;

const flags = new Command('int8')
  .option('--rounds <n>', 'runs of each', '25')
  .option('--weights <file>', `of ${BACKBONE}; random ones by default`)
  .option('--python <command>', 'the Python that has torch and Pillow', 'python3')
  .parse()
  .opts<{ rounds: string; weights?: string; python: string }>();

/** One run; gives the milliseconds that it took. */
type Run = () => Promise<number>;

async function timed(run: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await run();
  return performance.now() - started;
}

async function ourRuns(jpeg: Buffer): Promise<Record<string, Run>> {
  const { compile } = await selectDevice('onnxruntime');
  const runs: Record<string, Run> = {};
  const network = new ReconstructionModel(defaultConfig, CHANNELS, new Generator(0));
  const size = BATCH * 14 * 14 * CHANNELS;
  const features = tf.tensor4d(new Generator(3).fillNormal(new Float32Array(size), 0, 1), [BATCH, 14, 14, CHANNELS]);
  const config = resolveConfig({ backbone: { name: BACKBONE } });
  const weights = flags.weights
    ? await loadWeights(flags.weights, { backbone: BACKBONE })
    : randomWeights(BACKBONE, new Generator(1));
  const extractor = new FeatureExtractor(config, weights, compile);
  const trained = createModel(config, extractor.channels, new Generator(0));
  const parameters = await trained.parameters.stateDict();
  for (const precision of PRECISIONS) {
    const forward = compile((x) => [network.reconstruct(x as tf.Tensor4D)], { freezeVariables: true, precision });
    runs[`forward ${precision}`] = () =>
      timed(async () => {
        const [output] = forward(features);
        await output!.data();
        output!.dispose();
      });
    const detector = new Detector(
      {
        id: 'random',
        config,
        categories: [],
        input: { mean: IMAGENET_MEAN, deviation: IMAGENET_DEVIATION },
        threshold: { score: 1, source: 'none', mapRange: [0, 1] },
        kinds: [],
        parameters,
        backbone: weights,
        precision,
      },
      compile,
    );
    runs[`predict ${precision}`] = () =>
      timed(async () =>
        detector.inspectImages([preprocessPicture(await decodePicture(jpeg), { imageSize: config.imageSize })]),
      );
  }
  return runs;
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
  const names = ['forward', 'predict'].flatMap((what) => [what, `${what}-sdpa`]);
  const threads = [...new Set([1, availableParallelism()])];
  const all = names.flatMap((name) => threads.map((count) => `${name} ${count}`));
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
  const runs = { ...(await ourRuns(jpeg)), ...peers.runs };
  const times = new Map<string, number[]>(Object.keys(runs).map((name) => [name, []]));
  const WARM_UP = 2;
  for (let round = 0; round < Number(flags.rounds) + WARM_UP; round++) {
    for (const [name, run] of Object.entries(runs)) {
      const milliseconds = await run();
      if (round >= WARM_UP) times.get(name)!.push(milliseconds);
    }
  }
  peers.stop();
  const of = (name: string) => median(times.get(name)!);
  const rows = (['forward', 'predict'] as const).map((what) => {
    const torch = Math.min(...[...times.keys()].filter((name) => name.startsWith(`torch ${what}`)).map(of));
    const [float32, int8] = PRECISIONS.map((precision) => of(`${what} ${precision}`));
    return [
      what === 'forward' ? `forward, batch ${BATCH}` : 'JPEG to map',
      {
        'PyTorch ms': torch.toFixed(1),
        'float32 ms': float32!.toFixed(1),
        ratio: (float32! / torch).toFixed(2),
        'int8 ms': int8!.toFixed(1),
        'int8 ratio': (int8! / torch).toFixed(2),
      },
    ] as const;
  });
  console.table(Object.fromEntries(rows));
} finally {
  await rm(folder, { recursive: true });
}
process.exit(); // The device's threads do not end by themselves.
