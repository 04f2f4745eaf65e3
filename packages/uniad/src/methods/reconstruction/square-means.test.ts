import * as tf from '@tensorflow/tfjs';
import { Generator } from '@uniad/nn';
import { resolveConfig } from '../../config.js';
import { runEagerly } from '../../device/device.js';
import { ConfigError } from '../../errors.js';
import type { FitHooks, TrainingState } from '../../training/gradient-descent.js';
import { resolveTraining } from '../../training/training-options.js';
import { createModel, fit } from '../methods.js';
import type { ReconstructionModel } from './reconstruction-model.js';
import { patchSquares, sourceOfSquareMeans, squareMeans, tokenSquares } from './square-means.js';

const [ROWS, COLUMNS, CHANNELS] = [6, 4, 5] as const;
const PICTURES = 4;

beforeAll(() => tf.setBackend('cpu'));

const source = {
  length: PICTURES,
  shape: [ROWS, COLUMNS, CHANNELS] as const,
  kinds: ['a', 'b', 'a', 'b'],
  read: async (index: number) =>
    new Generator(index).fillNormal(new Float32Array(ROWS * COLUMNS * CHANNELS), index % 2, 1),
};

test.each([
  ['tokens', tokenSquares(2)],
  ['patches', patchSquares(2, 2)],
  ['patches three tokens wide', patchSquares(2, 3)],
])('one by one as in a graph: %s', async (_, squares) => {
  const means = sourceOfSquareMeans(source, squares);
  expect(means.shape).toEqual([3, 2, CHANNELS]);
  expect(means.kinds).toEqual(source.kinds);
  const expected = squareMeans(tf.tensor4d(await source.read(1), [1, ...source.shape]), squares);
  expect(expected.shape).toEqual([1, ...means.shape]);
  const read = await means.read(1);
  expected.dataSync().forEach((value, i) => expect(read[i]).toBeCloseTo(value, 5));
});

test('at every place, they begin at every cell that leaves room for one', async () => {
  const every = sourceOfSquareMeans(source, { side: 3, stride: 1, margin: 0 });
  expect(every.shape).toEqual([4, 2, CHANNELS]);
  const [map, means] = [await source.read(2), await every.read(2)];
  for (let row = 0; row < 4; row++) {
    for (let column = 0; column < 2; column++) {
      for (let c = 0; c < CHANNELS; c++) {
        let sum = 0;
        for (let i = row; i < row + 3; i++) {
          for (let j = column; j < column + 3; j++) sum += map[(i * COLUMNS + j) * CHANNELS + c]!;
        }
        expect(means[(row * 2 + column) * CHANNELS + c]).toBeCloseTo(sum / 9, 5);
      }
    }
  }
});

test('a patch around each token, of tokens of one cell too', async () => {
  const patches = sourceOfSquareMeans(source, patchSquares(1, 3));
  expect(patches.shape).toEqual([ROWS, COLUMNS, CHANNELS]);
  const [map, means] = [await source.read(2), await patches.read(2)];
  // The first is around the corner: four of its nine cells are on the map, the others are zeros.
  const corner = [0, 1, COLUMNS, COLUMNS + 1].reduce((sum, cell) => sum + map[cell * CHANNELS]!, 0);
  expect(means[0]).toBeCloseTo(corner / 9, 5);
});

test('patches of a model from before are two tokens wide, white ones', () => {
  const patches = { ratio: 0.5, epsilon: 0.9 };
  expect(resolveConfig({ tokenSize: 2, patches })).toMatchObject({ patches: { ...patches, size: 2, whitened: true } });
});

test('of one cell each, everything stays as it is', () => {
  const map = tf.ones([1, 2, 2, 3]) as tf.Tensor4D;
  expect(squareMeans(map, tokenSquares(1))).toBe(map);
  expect(sourceOfSquareMeans(source, tokenSquares(1))).toBe(source);
});

describe('a model whose tokens are squares of four cells', () => {
  const config = resolveConfig({
    featureSize: [ROWS / 2, COLUMNS / 2],
    imageSize: [24, 16],
    tokenSize: 2,
    whiten: true,
    hiddenDim: 8,
    heads: 2,
    feedForwardDim: 8,
    encoderLayers: 1,
    decoderLayers: 1,
    neighborMask: null,
    memory: { ratio: 1, epsilon: 0.9 },
    patches: { ratio: 1, epsilon: 0.9 },
    places: { rank: 2 },
  });
  const train = async (hooks: FitHooks = {}) => {
    const model = createModel(config, CHANNELS, new Generator(3)) as ReconstructionModel;
    await fit(model, source, resolveTraining({ epochs: 2, batchSize: 2 }), runEagerly, hooks);
    return model;
  };

  test('knows those that a picture shows elsewhere, and a resumed training knows the same', async () => {
    let saved: TrainingState | undefined;
    const onEpoch: FitHooks['onEpoch'] = async ({ epoch }, state) => {
      if (epoch === 1) saved = await state();
    };
    const model = await train({ onEpoch });
    const state = await model.parameters.stateDict();
    expect(state['memory.bank']!.shape).toEqual([2, (PICTURES / 2) * 5 * 3, CHANNELS]);
    expect(state['patches.bank']!.shape).toEqual([2, (PICTURES / 2) * 5 * 3, CHANNELS]);
    expect(state['places.mean']!.shape).toEqual([2, 3 * 2, CHANNELS]);
    const resumed = await train({ resume: saved });
    expect(await resumed.parameters.stateDict()).toEqual(state);

    // Moved by one cell, each square but those of the last column is one that the memory holds: the mean of distances vanishes.
    const map = tf.tensor4d(await source.read(0), [1, ...source.shape]);
    const moved = tf.concat([tf.slice(map, [0, 0, 1, 0], [1, ROWS, COLUMNS - 1, CHANNELS]), tf.ones([1, ROWS, 1, CHANNELS])], 2) as tf.Tensor4D; // prettier-ignore
    const [still, shifted, strange] = [map, moved, tf.ones(map.shape) as tf.Tensor4D].map((features) => {
      const distance = model.distance(features);
      expect(distance.shape).toEqual([1, ROWS, COLUMNS]);
      return distance.arraySync()[0]!;
    });
    for (let row = 0; row < ROWS; row++) {
      for (let column = 0; column < COLUMNS; column++) {
        expect(still![row]![column]).toBeLessThan(0.2);
        expect(strange![row]![column]).toBeGreaterThan(0.4);
      }
      for (const column of [0, 1]) expect(shifted![row]![column]).toBeLessThan(0.2);
      expect(shifted![row]![COLUMNS - 1]).toBeGreaterThan(0.4);
    }
  });
});

test.each([
  [{ tokenSize: 0 }, 'a whole number of at least 1 for tokenSize but received 0'],
  [
    { tokenSize: 1, patches: { ratio: 0.5, epsilon: 0.9 } },
    'an odd patches.size with the odd tokenSize 1 but received 2',
  ],
  [{ patches: { ratio: 0.5, epsilon: 0.9, size: 1 } }, 'a whole number of at least 2 for patches.size but received 1'],
  [{ tokenSize: 2, backbone: { frozen: false } }, 'Expected 1 for tokenSize with a backbone that is trained'],
])('%j is refused', (overrides, message) => {
  expect(() => resolveConfig(overrides)).toThrow(ConfigError);
  expect(() => resolveConfig(overrides)).toThrow(message);
});
