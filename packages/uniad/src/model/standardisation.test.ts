import * as tf from '@tensorflow/tfjs';
import { Generator } from '@uniad/nn';
import { resolveConfig } from '../config.js';
import { RunError } from '../errors.js';
import { Standardisation } from './standardisation.js';
import { UniAD } from './uniad.js';

beforeAll(() => tf.setBackend('cpu'));

const CHANNELS = 3;

/** Two pictures of two tokens: channel 0 is 1, 3, 5, 7; channel 1 is ten times that; channel 2 never varies. */
async function* features(): AsyncGenerator<Float32Array> {
  yield Float32Array.of(1, 10, 4, 3, 30, 4);
  yield Float32Array.of(5, 50, 4, 7, 70, 4);
}

test('channels get mean 0 and deviation 1, and one that never varies stays small', async () => {
  const standardisation = await Standardisation.measure(features(), CHANNELS);
  const all = tf.tensor2d([[1, 10, 4], [3, 30, 4], [5, 50, 4], [7, 70, 4.001]]); // prettier-ignore
  const standardised = standardisation.forward(all);
  const { mean, variance } = tf.moments(tf.slice(standardised, [0, 0], [4, 2]), 0);
  expect(Array.from(mean.dataSync())).toEqual([expect.closeTo(0), expect.closeTo(0)]);
  expect(Array.from(variance.dataSync())).toEqual([expect.closeTo(1), expect.closeTo(1)]);
  const constant = Array.from(tf.slice(standardised, [0, 2], [4, 1]).dataSync());
  expect(constant.slice(0, 3)).toEqual([0, 0, 0]);
  expect(constant[3]).toBeLessThan(0.1);
});

describe('a model with standardised features', () => {
  const config = resolveConfig({ standardise: true, featureSize: [2, 2], hiddenDim: 8, heads: 2, feedForwardDim: 8, encoderLayers: 1, decoderLayers: 1, neighborMask: null });
  const create = () => new UniAD(config, CHANNELS, new Generator(1));

  test('keeps what was measured in its state, and applies it', async () => {
    const model = create();
    model.useStandardisation(await Standardisation.measure(features(), CHANNELS));
    const state = model.stateDict();
    expect(state.feature_mean).toEqual({ shape: [3], data: Float32Array.of(4, 40, 4) });
    const other = create();
    other.loadStateDict(state);
    expect(other.stateDict()).toEqual(state);
    const picture = tf.tensor4d([4, 40, 4, 4, 40, 4, 4, 40, 4, 4, 40, 4], [1, 2, 2, 3]);
    expect(Math.max(...other.standardise(picture).dataSync())).toBe(0);
    model.dispose();
    other.dispose();
  });

  test('refuses a state without it, or with one of no use, and leaks nothing', async () => {
    const model = create();
    const before = tf.memory().numTensors;
    const state = { ...model.stateDict(), ...(await Standardisation.measure(features(), CHANNELS)).stateDict() };
    const { feature_mean: _, ...without } = state;
    const after = tf.memory().numTensors;
    expect(() => model.loadStateDict(without)).toThrow(RunError);
    expect(() => model.loadStateDict({ ...state, feature_deviation: { shape: [3], data: Float32Array.of(1, 0, 1) } })).toThrow(RunError);
    expect(() => model.loadStateDict({ ...state, strange: { shape: [1], data: Float32Array.of(1) } })).toThrow('strange');
    expect(tf.memory().numTensors).toBe(after);
    expect(after).toBe(before + 2); // What was measured above.
    model.dispose();
  });
});
