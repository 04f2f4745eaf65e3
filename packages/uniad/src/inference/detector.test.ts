import * as tf from '@tensorflow/tfjs';
import { randomWeights } from '@uniad/backbones';
import { Generator } from '@uniad/nn';
import { resolveConfig } from '../config.js';
import { selectDevice } from '../device/select-device.js';
import { UniAD } from '../model/uniad.js';
import { Detector } from './detector.js';
import { decodeModel, encodeModel } from './model-files.js';
import type { TrainedModel } from './model-files.js';

const config = resolveConfig({
  backbone: { name: 'resnet18', stages: [1, 2] },
  imageSize: [32, 32],
  featureSize: [4, 4],
  hiddenDim: 16,
  heads: 2,
  feedForwardDim: 32,
  encoderLayers: 1,
  decoderLayers: 1,
  neighborMask: { size: [3, 3] },
});

async function trainedModel(): Promise<TrainedModel> {
  const network = new UniAD(config, 64 + 128, new Generator(0));
  const parameters = await network.stateDict();
  network.dispose();
  return {
    config,
    categories: ['part'],
    threshold: { score: 3, source: 'a test', mapRange: [1, 5] },
    parameters,
    backbone: randomWeights('resnet18', new Generator(1)),
  };
}

const image = (seed: number) => new Generator(seed).fillNormal(new Float32Array(32 * 32 * 3), 0, 1);

describe.each(['cpu', 'wasm', 'onnxruntime'])('a detector on %s', (name) => {
  test('inspects alike from pictures and from their features, alone and in a batch', async () => {
    const device = await selectDevice(name);
    const detector = new Detector(await trainedModel(), device.compile);
    const [alone] = await detector.inspectImages([image(1)]);
    const batch = await detector.inspectImages([image(2), image(1)]);
    const [fromFeatures] = await detector.inspectFeatures(await detector.extractor.extract([image(1)]));
    expect(alone!.map).toHaveLength(32 * 32);
    for (const other of [batch[1]!, fromFeatures!]) {
      expect(other.score).toBeCloseTo(alone!.score, 3);
      expect(other.anomalous).toBe(alone!.score >= 3);
      other.map.forEach((value, i) => expect(Math.abs(value - alone!.map[i]!)).toBeLessThan(1e-3));
    }
    expect(batch[0]!.score).not.toBeCloseTo(alone!.score, 3);
    detector.dispose();
  });

  test('200 predictions leave the number of tensors unchanged, and dispose frees all', async () => {
    const device = await selectDevice(name);
    const empty = tf.memory().numTensors;
    const detector = new Detector(await trainedModel(), device.compile);
    await detector.inspectImages([image(1)]);
    const before = tf.memory().numTensors;
    for (let i = 0; i < (name === 'cpu' ? 3 : 200); i++) await detector.inspectImages([image(1)]);
    expect(tf.memory().numTensors).toBe(before);
    detector.dispose();
    expect(tf.memory().numTensors).toBe(empty);
  }, 120_000);
});

describe('model files', () => {
  test('read back what was written', async () => {
    const model = await trainedModel();
    expect(decodeModel(encodeModel(model))).toEqual(model);
  });

  test.each<[string, string, string]>([
    ['not JSON', 'model.json', 'Expected JSON in model.json'],
    ['{"format": "other"}', 'model.json', 'Expected format uniad-model version 1'],
    ['{"format": "uniad-model", "version": 1, "threshold": {"score": null}}', 'model.json', 'Expected a threshold'],
    [
      '{"format": "uniad-model", "version": 1, "categories": ["a"], "threshold": {"score": 1, "source": "", "mapRange": [0, 1]}, "config": {"evil": 1}}',
      'model.json',
      '"evil"',
    ],
    ['garbage bytes', 'model.safetensors', 'header'],
  ])('refuse %s in %s', async (content, file, message) => {
    const files = { ...encodeModel(await trainedModel()), [file]: new TextEncoder().encode(content) };
    expect(() => decodeModel(files)).toThrow(message);
  });
});
