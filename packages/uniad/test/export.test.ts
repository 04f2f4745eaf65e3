import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as tf from '@tensorflow/tfjs';
import { randomWeights } from '@uniad/backbones';
import {
  createModel,
  Detector,
  exportModel,
  fit,
  resolveConfig,
  resolveTraining,
  runEagerly,
  selectDevice,
} from '@uniad/core';
import type { ModelConfig, TrainedModel } from '@uniad/core';
import { IMAGENET_DEVIATION, IMAGENET_MEAN } from '@uniad/datasets';
import { Generator } from '@uniad/nn';
import { learnsInEpochs } from '../src/methods/methods.js';
import { backboneChannels, joinWeights } from '../src/pipeline/backbones.js';
import { cellGrid } from '../src/pipeline/feature-extractor.js';

const SIDE = 64;

const shared = {
  backbone: { name: 'resnet18', stages: [1, 2] },
  imageSize: [SIDE, SIDE],
  featureSize: [6, 6],
} as const;
const BESIDE = { name: 'uniad_tiny', stages: [1], patchSize: 1 } as const;

const network = {
  ...shared,
  hiddenDim: 16,
  heads: 2,
  feedForwardDim: 32,
  encoderLayers: 1,
  decoderLayers: 1,
} as const;

const fast = {
  ...network,
  neck: { resize: 'average' },
  tokenSize: 2,
  whiten: true,
  distance: 'mahalanobis',
  neighborMask: null,
  memory: { ratio: 0.5, epsilon: 0.9 },
  patches: { ratio: 0.5, epsilon: 0.9 },
  places: { rank: 2 },
  imageScore: 'max-pixel',
} as const;

const configs: Readonly<Record<string, ModelConfig>> = {
  reconstruction: resolveConfig({ ...network, neighborMask: { size: [3, 3] } }),
  'reconstruction beside a memory and places, as in the preset fast': resolveConfig(fast),
  'the same with a second backbone': resolveConfig({ ...fast, beside: BESIDE }),
  patchcore: resolveConfig({ method: 'patchcore', ...shared, coreset: { ratio: 0.5 } }),
  padim: resolveConfig({ method: 'padim', ...shared, channels: 10 }),
  nearest: resolveConfig({ method: 'nearest', ...shared }),
  mkd: resolveConfig({ method: 'mkd', ...shared, smoothing: 2, student: { width: 8 } }),
  draem: resolveConfig({ method: 'draem', ...shared, widths: { reconstructive: 2, discriminative: 2 } }),
  cutpaste: resolveConfig({ method: 'cutpaste', ...shared, smoothing: 2, head: { width: 8 } }),
};

/** A kind of part that looks like anything. */
function kindNamed(name: string, seed: number, channels: number): TrainedModel['kinds'][number] {
  const center = new Generator(seed).fillNormal(new Float32Array(channels), 1, 0.5);
  const deviation = new Float32Array(channels).fill(1);
  return { name, center, deviation, reach: 1, typical: 1, threshold: 3 + seed, source: 'a test' };
}

/** Untrained where gradients are all that teaches it, else fitted. */
async function parametersOf(config: ModelConfig): Promise<TrainedModel['parameters']> {
  const channels = backboneChannels(config);
  const network = createModel(config, channels, new Generator(0));
  if (!learnsInEpochs(config) || (config.method === 'reconstruction' && config.memory)) {
    const [rows, columns] = cellGrid(config);
    const size = rows * columns * channels;
    const read = async (index: number) => new Generator(index).fillNormal(new Float32Array(size), 0, 1);
    await fit(
      network,
      { length: 4, shape: [rows, columns, channels], kinds: ['a', 'b', 'a', 'b'], read },
      resolveTraining({ epochs: 1 }),
      runEagerly,
    );
  }
  const parameters = await network.parameters.stateDict();
  network.dispose();
  return parameters;
}

/** What `run-onnx.mjs` prints of each picture. */
type OfPictures = Readonly<Record<'score' | 'normalizedScore' | 'kind' | 'kindDistance', number[]>>;

test.each(Object.entries(configs))(
  'an exported model, %s, gives in plain ONNX Runtime what the detector gives, at any batch',
  async (_, config) => {
    await selectDevice('cpu');
    const model: TrainedModel = {
      config,
      id: 'test',
      categories: ['part'],
      input: { mean: IMAGENET_MEAN, deviation: IMAGENET_DEVIATION },
      threshold: { score: 3, source: 'a test', mapRange: [1, 5] },
      kinds: ['part', 'other part'].map((name, i) => kindNamed(name, i, backboneChannels(config))),
      parameters: await parametersOf(config),
      backbone: joinWeights(
        config,
        randomWeights('resnet18', new Generator(1)),
        randomWeights('uniad_tiny', new Generator(2)),
      ),
    };
    const detector = new Detector(model);
    const before = tf.memory().numTensors;
    const folder = await mkdtemp(join(tmpdir(), 'uniad-export-'));
    try {
      await writeFile(join(folder, 'model.onnx'), await exportModel(model));
      expect(tf.memory().numTensors).toBe(before);
      const ramp = Float32Array.from(
        { length: SIDE * SIDE * 3 },
        (_, i) => ((i % 256) / 255 - IMAGENET_MEAN[i % 3]!) / IMAGENET_DEVIATION[i % 3]!,
      );
      const [expected] = await detector.inspectImages([ramp]);
      for (const batch of [1, 3]) {
        // The ramp's period divides a picture, so every picture of the batch is the same.
        const { stdout } = await promisify(execFile)(process.execPath, [
          join(__dirname, 'run-onnx.mjs'),
          join(folder, 'model.onnx'),
          ...[batch, SIDE, SIDE].map(String),
        ]);
        const { map, largest, ...ofPictures } = JSON.parse(stdout) as { map: number[]; largest: number } & OfPictures;
        expect(map).toEqual([batch, SIDE, SIDE]);
        const { score, normalizedScore, kind, kindDistance } = ofPictures;
        expect(score).toHaveLength(batch);
        for (let i = 0; i < batch; i++) {
          expect(score[i]! / expected!.score).toBeCloseTo(1, 3);
          expect(normalizedScore[i]).toBeCloseTo(expected!.normalizedScore, 3);
          expect(model.kinds[kind[i]!]!.threshold).toBe(expected!.threshold);
          expect(kindDistance[i]! / expected!.categoryDistance!).toBeCloseTo(1, 3);
        }
        expect(largest / Math.max(...expected!.map)).toBeCloseTo(1, 3);
      }
    } finally {
      detector.dispose();
      await rm(folder, { recursive: true });
    }
  },
);
