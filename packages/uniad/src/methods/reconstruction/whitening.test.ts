import * as tf from '@tensorflow/tfjs';
import { Generator, Parameters } from '@uniad/nn';
import { resolveConfig } from '../../config.js';
import type { PartialDeep } from '../../merge.js';
import { runEagerly } from '../../device/device.js';
import { ConfigError } from '../../errors.js';
import type { ReconstructionConfig } from './config.js';
import { measureFeatureWhitening } from '../whitening/measure-feature-whitening.js';
import { measureResidualWhitening } from './measure-residual-whitening.js';
import { ReconstructionModel } from './reconstruction-model.js';
import { Whitening } from '../whitening/whitening.js';
import type { Moments } from '../whitening/whitening.js';

beforeAll(() => tf.setBackend('cpu'));

const CHANNELS = 3;

/** Tokens whose channels go together, around (1, 2, 3). */
function correlated(tokens: number): tf.Tensor2D {
  return tf.tidy(() => {
    const noise = tf.tensor2d(new Generator(7).fillNormal(new Float32Array(tokens * CHANNELS), 0, 1), [
      tokens,
      CHANNELS,
    ]);
    return tf.add(tf.matMul(noise, tf.tensor2d([[2, 1, 0], [0, 0.3, 0.2], [0, 0, 5]])), [1, 2, 3]); // prettier-ignore
  });
}

function momentsOf(tokens: tf.Tensor2D): Moments {
  return {
    tokens: tokens.shape[0],
    sum: Float64Array.from(tf.sum(tokens, 0).dataSync()),
    products: Float64Array.from(tf.matMul(tokens, tokens, true).dataSync()),
  };
}

function whiteningOf(moments: Moments, shrinkage: number, floor = 0): Whitening {
  const whitening = new Whitening(new Parameters(), CHANNELS);
  whitening.set(moments, shrinkage, floor);
  return whitening;
}

function covariance(tokens: tf.Tensor2D): number[][] {
  const centred = tf.sub(tokens, tf.mean(tokens, 0));
  return tf.div(tf.matMul(centred, centred, true), tokens.shape[0]).arraySync() as number[][];
}

test('tokens like the measured ones get mean 0 and covariance 1', () => {
  const tokens = correlated(4000);
  const white = whiteningOf(momentsOf(tokens), 0).forward(tokens);
  expect(Math.max(...tf.abs(tf.mean(white, 0)).dataSync())).toBeLessThan(1e-3);
  covariance(white).forEach((row, i) => row.forEach((value, j) => expect(value).toBeCloseTo(Number(i === j), 1)));
});

test('with all of the shrinkage, each channel is scaled alone', () => {
  const tokens = correlated(4000);
  const white = whiteningOf(momentsOf(tokens), 1).forward(tokens);
  const [before, after] = [covariance(tokens), covariance(white)];
  after.forEach((row, i) =>
    row.forEach((value, j) =>
      expect(value).toBeCloseTo(before[i]![j]! / Math.sqrt(before[i]![i]! * before[j]![j]!), 4),
    ),
  );
});

test('with a floor, channels that vary less than that share of the mean count less', () => {
  const tokens = correlated(4000);
  const before = covariance(tokens).map((row, i) => row[i]!);
  const added = 0.5 * (before.reduce((sum, value) => sum + value) / CHANNELS);
  const after = covariance(whiteningOf(momentsOf(tokens), 1, 0.5).forward(tokens)).map((row, i) => row[i]!);
  after.forEach((value, i) => expect(value).toBeCloseTo(before[i]! / (before[i]! + added), 4));
  expect(after[1]).toBeLessThan(0.5);
  expect(after[2]).toBeGreaterThan(0.6);
});

test('groups of channels are whitened as if each were alone', () => {
  const tokens = correlated(400);
  const grouped = new Whitening(new Parameters(), CHANNELS);
  grouped.set(momentsOf(tokens), 0.2, 0.1, [1, 2]);
  const white = grouped.forward(tokens).arraySync() as number[][];
  const alone = [
    [0, 1],
    [1, 2],
  ].map(([first, size]) => {
    const own = tf.slice(tokens, [0, first!], [-1, size!]) as tf.Tensor2D;
    const whitening = new Whitening(new Parameters(), size!);
    whitening.set(momentsOf(own), 0.2, 0.1);
    return whitening.forward(own).arraySync() as number[][];
  });
  white.forEach((row, i) => {
    const expected = alone.flatMap((part) => part[i]!);
    row.forEach((value, c) => expect(value).toBeCloseTo(expected[c]!, 4));
  });
});

test('the squared length is the squared Mahalanobis distance', () => {
  const tokens = correlated(4000);
  // The covariance as it is used: 3 channels to 4000 tokens take so much off what is beside the diagonal.
  const used = covariance(tokens).map((row, i) => row.map((value, j) => (i === j ? value : (value * 4000) / 4003)));
  const det = ([a, b, c]: number[][]) =>
    a![0]! * (b![1]! * c![2]! - b![2]! * c![1]!) -
    a![1]! * (b![0]! * c![2]! - b![2]! * c![0]!) +
    a![2]! * (b![0]! * c![1]! - b![1]! * c![0]!);
  const mean = tf.mean(tokens, 0).dataSync();
  const token = [2, 0, 3.5];
  const away = token.map((value, i) => value - mean[i]!);
  // away · x, where x solves used x = away by Cramer's rule.
  const expected = away.reduce(
    (sum, value, k) =>
      sum + (value * det(used.map((row, i) => row.map((entry, j) => (j === k ? away[i]! : entry))))) / det(used),
    0,
  );
  const [squared] = tf.sum(tf.square(whiteningOf(momentsOf(tokens), 0).forward(tf.tensor2d([token]))), 1).dataSync();
  expect(squared! / expected).toBeCloseTo(1, 3);
});

test.each<[string, number[][]]>([
  ['fewer tokens than channels', [[1, 2, 3], [4, 2, 1]]], // prettier-ignore
  ['a channel that never varies', [[1, 0, 2], [2, 0, 5], [4, 0, 4], [3, 0, 7]]], // prettier-ignore
  ['two channels that are the same', [[1, 1, 2], [2, 2, 5], [4, 4, 4], [3, 3, 7]]], // prettier-ignore
  ['tokens that are all the same', [[1, 2, 3], [1, 2, 3]]], // prettier-ignore
])('%s: still finite', (_, tokens) => {
  const white = whiteningOf(momentsOf(tf.tensor2d(tokens)), 0).forward(tf.tensor2d(tokens));
  expect(white.dataSync().every(Number.isFinite)).toBe(true);
});

describe('a model that whitens', () => {
  const small: PartialDeep<ReconstructionConfig> = {
    featureSize: [2, 2],
    hiddenDim: 8,
    heads: 2,
    feedForwardDim: 8,
    encoderLayers: 1,
    decoderLayers: 1,
    neighborMask: null,
  };
  const create = (overrides: PartialDeep<ReconstructionConfig>) =>
    new ReconstructionModel(resolveConfig({ ...small, ...overrides }), CHANNELS, new Generator(1));
  const tokens = correlated(80);
  const source = {
    length: 20,
    shape: [2, 2, CHANNELS] as const,
    read: async (index: number) => tf.slice(tokens, [4 * index, 0], [4, 3]).dataSync() as Float32Array,
  };
  const raw = tf.reshape(tokens, [20, 2, 2, 3]) as tf.Tensor4D;

  test('learns from white features', async () => {
    const model = create({ whiten: true });
    expect(model.prepare(raw).dataSync()).toEqual(raw.dataSync());
    await measureFeatureWhitening(model.featureWhitening!, source, { compile: runEagerly });
    const expected = whiteningOf(momentsOf(tokens), 0.2, 0.1).forward(raw).dataSync();
    model
      .prepare(raw)
      .dataSync()
      .forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 3));
    model.dispose();
  });

  test('measures the residuals that it learned to leave: their mean squared distance is the number of channels', async () => {
    const model = create({ whiten: true, distance: 'mahalanobis' });
    await measureFeatureWhitening(model.featureWhitening!, source, { compile: runEagerly });
    const features = model.prepare(raw);
    const euclidean = tf.norm(tf.sub(features, model.reconstruct(features)), 'euclidean', -1).dataSync();
    model
      .distance(raw)
      .dataSync()
      .forEach((value, i) => expect(value).toBeCloseTo(euclidean[i]!, 5));
    await measureResidualWhitening(model, source, runEagerly);
    const difference = Array.from(model.distance(raw).dataSync());
    const squared = difference.reduce((sum, value) => sum + value ** 2, 0) / difference.length;
    expect(squared / CHANNELS).toBeCloseTo(1, 1);
    const other = create({ whiten: true, distance: 'mahalanobis' });
    other.loadStateDict(await model.parameters.stateDict());
    expect(Array.from(other.distance(raw).dataSync())).toEqual(difference);
    model.dispose();
    other.dispose();
  });

  test.each([
    'feature_whitening.weight',
    'feature_whitening.bias',
    'residual_whitening.weight',
    'residual_whitening.bias',
  ])('refuses a state without %s, and changes nothing', async (name) => {
    const model = create({ whiten: true, distance: 'mahalanobis' });
    const state = await model.parameters.stateDict();
    const { [name]: _, ...without } = state;
    const tensors = tf.memory().numTensors;
    expect(() => model.loadStateDict(without)).toThrow(name);
    expect(() => model.loadStateDict({ ...state, strange: { shape: [1], data: Float32Array.of(1) } })).toThrow(
      'strange',
    );
    expect(await model.parameters.stateDict()).toEqual(state);
    expect(tf.memory().numTensors).toBe(tensors);
    model.dispose();
  });

  test('a model that does not whiten refuses a state that does', async () => {
    const [white, plain] = [create({ whiten: true }), create({})];
    const state = await white.parameters.stateDict();
    expect(() => plain.loadStateDict(state)).toThrow('feature_whitening.weight');
    white.dispose();
    plain.dispose();
  });

  test('the Mahalanobis distance goes with the mse loss alone', () => {
    expect(() => resolveConfig({ distance: 'mahalanobis', loss: 'cosine' })).toThrow(ConfigError);
  });
});
