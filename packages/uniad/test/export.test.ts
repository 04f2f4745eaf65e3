import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as tf from '@tensorflow/tfjs';
import { randomWeights } from '@uniad/backbones';
import { Detector, exportModel, resolveConfig, selectDevice, UniAD } from '@uniad/core';
import type { TrainedModel } from '@uniad/core';
import { IMAGENET_DEVIATION, IMAGENET_MEAN } from '@uniad/datasets';
import { Generator } from '@uniad/nn';

const SIDE = 48;

test('an exported model gives in plain ONNX Runtime what the detector gives, at any batch', async () => {
  await selectDevice('cpu');
  const config = resolveConfig({
    backbone: { name: 'resnet18', stages: [1, 2] },
    imageSize: [SIDE, SIDE],
    featureSize: [6, 6],
    hiddenDim: 16,
    heads: 2,
    feedForwardDim: 32,
    encoderLayers: 1,
    decoderLayers: 1,
    neighborMask: { size: [3, 3] },
  });
  const network = new UniAD(config, 64 + 128, new Generator(0));
  const model: TrainedModel = {
    config,
    categories: ['part'],
    threshold: { score: 3, source: 'a test', mapRange: [1, 5] },
    parameters: await network.stateDict(),
    backbone: randomWeights('resnet18', new Generator(1)),
  };
  network.dispose();
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
      const { map, score, largest } = JSON.parse(stdout) as { map: number[]; score: number[]; largest: number };
      expect(map).toEqual([batch, SIDE, SIDE]);
      expect(score).toHaveLength(batch);
      for (const value of score) expect(value / expected!.score).toBeCloseTo(1, 3);
      expect(largest / Math.max(...expected!.map)).toBeCloseTo(1, 3);
    }
  } finally {
    detector.dispose();
    await rm(folder, { recursive: true });
  }
});
