import * as tf from '@tensorflow/tfjs';
import { Generator } from '@uniad/nn';
import { devices } from '../../../../test/devices.js';
import { resolveConfig } from '../../../config.js';
import type { Compile } from '../../../device/device.js';
import { selectDevice } from '../../../device/select-device.js';
import { resolveTraining } from '../../../training/training-options.js';
import { fit } from '../../methods.js';
import { ReconstructionModel } from '../reconstruction-model.js';

const CHANNELS = 6;
const [ROWS, COLUMNS] = [5, 4] as const;

function create(reconstruction: 'mlp' | 'cnn' | 'transformer', more: object = {}): ReconstructionModel {
  const config = resolveConfig({
    reconstruction,
    featureSize: [ROWS, COLUMNS],
    hiddenDim: 16,
    heads: 2,
    feedForwardDim: 32,
    encoderLayers: 2,
    decoderLayers: 2,
    dropout: 0,
    neighborMask: null,
    jitter: { scale: 0 },
    ...more,
  });
  return new ReconstructionModel(config, CHANNELS, new Generator(3));
}

const features = (seed: number, batch = 3) =>
  tf.tensor4d(new Generator(seed).fillNormal(new Float32Array(batch * ROWS * COLUMNS * CHANNELS), 0, 1), [
    batch,
    ROWS,
    COLUMNS,
    CHANNELS,
  ]);

/** Tokens of the output that move when one token of the input does. */
function moved(model: ReconstructionModel, token: number): number[] {
  const before = features(1, 1);
  const changed = tf.tensor4d(
    before.dataSync().map((value, i) => (Math.floor(i / CHANNELS) === token ? value + 1 : value)),
    before.shape,
  );
  const difference = tf.sub(model.reconstruct(changed), model.reconstruct(before));
  const norms = tf.norm(tf.reshape(difference, [ROWS * COLUMNS, CHANNELS]), 'euclidean', 1).dataSync();
  return Array.from(norms.keys()).filter((i) => norms[i]! > 1e-6);
}

const parametersOf = (model: ReconstructionModel) =>
  model.parameters.entries().reduce((sum, [, variable]) => sum + variable.size, 0);

describe.each(devices)('on %s', (device) => {
  let compile: Compile;
  beforeAll(async () => {
    ({ compile } = await selectDevice(device));
  });

  test('no token of the MLP learns of another', () => {
    expect(moved(create('mlp'), 7)).toEqual([7]);
  });

  test('the CNN sees around a token, the transformer sees all', () => {
    expect(moved(create('cnn'), 7).length).toBeGreaterThan(9);
    expect(moved(create('transformer', { queries: 'one' }), 7)).toHaveLength(ROWS * COLUMNS);
  });

  test.each(['mlp', 'cnn'] as const)(
    'the %s has a gradient for every parameter, and learns',
    async (name) => {
      const model = create(name);
      const batch = features(2);
      const named = model.parameters.entries();
      const { grads } = tf.variableGrads(
        () => model.loss(batch, new Generator(0)),
        named.map(([, variable]) => variable),
      );
      const still = named.filter(([, variable]) => grads[variable.name]!.dataSync().every((value) => value === 0));
      expect(still.map(([parameter]) => parameter)).toEqual([]);
      const data = batch.dataSync() as Float32Array;
      const size = data.length / 3;
      const source = {
        length: 3,
        shape: [ROWS, COLUMNS, CHANNELS] as const,
        read: async (index: number) => data.slice(index * size, (index + 1) * size),
      };
      const training = resolveTraining({ epochs: 15, batchSize: 3, learningRate: 3e-3 });
      const log = await fit(model, source, training, compile);
      expect(log.at(-1)!.loss).toBeLessThan(0.8 * log[0]!.loss);
      model.dispose();
    },
    120_000,
  );
});

test('the default networks have the sizes of section B.1', () => {
  const full = { featureSize: [14, 14], hiddenDim: 256, feedForwardDim: 1024, encoderLayers: 4, decoderLayers: 4 };
  // Linear maps to and from 256 channels.
  const projections = (CHANNELS + 1) * 256 + 257 * CHANNELS;
  const feedForward = 257 * 1024 + 1025 * 256;
  const [norm, own, cross] = [512, 257 * 256, 513 * 256];
  const mlp = 4 * (own + 3 * norm + feedForward) + 4 * (own + cross + 5 * norm + feedForward) + 196 * 256;
  expect(parametersOf(create('mlp', { ...full, queries: 'one' }))).toBe(projections + mlp);
  expect(parametersOf(create('mlp', { ...full, queries: 'none' }))).toBe(projections + mlp - 196 * 256);
  // 3x3 convolutions and batch norms of ResNet-34's 16 blocks, and two 1x1 where the width changes.
  const block = (inputs: number, outputs: number) => 9 * outputs * (inputs + outputs) + 4 * outputs;
  const shortcut = (inputs: number, outputs: number) => inputs * outputs + 2 * outputs;
  const [wide, half] = [256, 128];
  const cnn =
    3 * block(wide, wide) +
    (block(wide, half) + shortcut(wide, half) + 3 * block(half, half)) +
    6 * block(half, half) +
    (block(half, wide) + shortcut(half, wide) + 2 * block(wide, wide));
  expect(parametersOf(create('cnn', full))).toBe(projections + cnn);
});
