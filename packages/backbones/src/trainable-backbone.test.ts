import * as tf from '@tensorflow/tfjs';
import { AdamW, Generator, Parameters, readStateDict, StateDictError, writeSafetensors } from '@uniad/nn';
import { useBackend } from '../test/backends.js';
import { expectSlopesToBeRight } from '../test/gradients.js';
import { sliceNames, trainableSlice } from '../test/slices.js';
import { randomWeights } from './backbone.js';
import type { BackboneName } from './common.js';
import { BackboneError, createBackbone, createTrainableBackbone } from './common.js';

const pictures = (size: number, batch = 2): tf.Tensor4D =>
  tf.tensor4d(new Generator(2).fillNormal(new Float32Array(batch * size * size * 3), 0, 1), [batch, size, size, 3]);

describe.each(['cpu', 'wasm'] as const)('gradients on %s', (backend) => {
  useBackend(backend);

  test.each(sliceNames)('%s', (slice) => {
    const parameters = new Parameters();
    const block = trainableSlice(slice, parameters, new Generator(1));
    const input = new Generator(4).fillNormal(new Float32Array(2 * 6 * 6 * block.channels), 0, 1);
    const x = tf.tensor4d(input, [2, 6, 6, block.channels]);
    for (const training of [true, false]) expectSlopesToBeRight(parameters, () => [block.forward(x, training)]);
    x.dispose();
    parameters.dispose();
  });

  test('uniad_tiny, stages 1 and 2, through both maps', () => {
    const parameters = new Parameters();
    const options = { stages: [1, 2], weights: new Generator(3), parameters };
    const backbone = createTrainableBackbone('uniad_tiny', options);
    const images = pictures(16);
    expectSlopesToBeRight(parameters, () => backbone.forward(images, true));
    images.dispose();
    parameters.dispose();
  });
});

describe('a trainable backbone', () => {
  useBackend('wasm');

  test.each(['uniad_tiny', 'efficientnet_b0', 'tf_efficientnet_lite0', 'resnet18'] as BackboneName[])(
    '%s learns, and its state dict loads as a frozen backbone of the same features',
    async (name) => {
      const before = tf.memory().numTensors;
      const parameters = new Parameters();
      const weights = randomWeights(name, new Generator(1));
      const scope = parameters.scope('backbone');
      const backbone = createTrainableBackbone(name, { stages: [1, 2], weights, parameters: scope });
      const images = pictures(32);
      const targets = tf.tidy(() => backbone.forward(tf.neg(images), false).map((map) => tf.relu(map)));
      const optimizer = new AdamW(parameters, { learningRate: 3e-3 });
      const named = parameters.entries();
      expect(named.every(([path]) => path.startsWith('backbone.') && path.slice(9) in weights)).toBe(true);
      const losses = Array.from({ length: 6 }, () =>
        tf.tidy(() => {
          const { value, grads } = tf.variableGrads(
            () =>
              tf.addN(
                backbone.forward(images, true).map((map, i) => tf.mean(tf.squaredDifference(map, targets[i]!))),
              ) as tf.Scalar,
            named.map(([, variable]) => variable),
          );
          optimizer.step(Object.fromEntries(named.map(([path, variable]) => [path, grads[variable.name]!])));
          return value.dataSync()[0]!;
        }),
      );
      expect(losses.at(-1)).toBeLessThan(0.8 * losses[0]!);

      const state = readStateDict(writeSafetensors(await scope.stateDict()));
      const norm = Object.keys(state).find((path) => path.endsWith('running_mean'))!;
      expect(state[norm]!.data).not.toEqual(weights[norm]!.data);
      const frozen = createBackbone(name, { stages: [1, 2], weights: state });
      tf.tidy(() => {
        const expected = backbone.forward(images, false);
        frozen.forward(images).forEach((map, i) => {
          const scale = tf.sqrt(tf.mean(tf.square(map))).dataSync()[0]!;
          expect(tf.max(tf.abs(tf.sub(map, expected[i]!))).dataSync()[0]).toBeLessThan(2e-5 * scale);
        });
      });
      frozen.dispose();
      optimizer.dispose();
      parameters.dispose();
      tf.dispose([images, ...targets]);
      expect(tf.memory().numTensors).toBe(before);
    },
  );

  test('makes only what its stages need, and refuses names that are taken and weights that do not fit', () => {
    const before = tf.memory().numTensors;
    const parameters = new Parameters();
    const options = { stages: [1], weights: new Generator(1), parameters };
    const backbone = createTrainableBackbone('resnet18', options);
    expect(backbone.stages).toEqual([{ stage: 1, channels: 64, stride: 4 }]);
    expect(Object.keys(parameters.stateDict()).some((path) => path.startsWith('layer2'))).toBe(false);
    const made = tf.memory().numTensors;
    expect(() => createTrainableBackbone('resnet18', options)).toThrow(
      'Expected new names for the parameters of resnet18 but conv1 is there already',
    );
    expect(() => createTrainableBackbone('resnet34', { ...options, weights: {} })).toThrow(StateDictError);
    const grey = tf.ones([1, 8, 8, 1]) as tf.Tensor4D;
    expect(() => backbone.forward(grey, true)).toThrow(BackboneError);
    grey.dispose();
    expect(tf.memory().numTensors).toBe(made);
    parameters.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});
