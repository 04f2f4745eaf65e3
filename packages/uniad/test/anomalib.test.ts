import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { neck } from '@uniad/backbones';
import { anomalyMap, createModel, fit, imageScores, resolveConfig, resolveTraining, runEagerly } from '@uniad/core';
import type { ConfigOverrides, FeatureSource } from '@uniad/core';
import { Generator } from '@uniad/nn';
import { chooseCoreset } from '../src/methods/memory/coreset.js';
import { indexInNHWC, toNHWC, uniform } from './golden.js';

/** Every so many values of a tensor, in PyTorch's order. */
interface Golden {
  readonly shape: readonly number[];
  readonly every: number;
  readonly value: readonly number[];
}

interface Case {
  /** Of each layer's map: channels, height, width. */
  readonly shapes: Readonly<Record<string, readonly [number, number, number]>>;
  readonly train: number;
  readonly test: number;
  readonly score: readonly number[];
}

/** Written by reference/anomalib_methods.py. */
const golden = JSON.parse(readFileSync(join(__dirname, 'reference/fixtures/anomalib.json'), 'utf8')) as {
  readonly imageSize: number;
  readonly patchcore: Case & {
    readonly embedding: Golden;
    readonly distance: Golden;
    readonly coreset: readonly number[];
  };
  readonly padim: Case & {
    readonly channels: readonly number[];
    readonly mean: Golden;
    readonly inverseCovariance: Golden;
    readonly map: Golden;
  };
};

const shared = {
  backbone: { name: 'resnet18' },
  imageSize: [golden.imageSize, golden.imageSize],
  featureSize: [8, 8],
} as const;

beforeAll(() => tf.setBackend('cpu'));

/** The layers' maps of all pictures, joined by the neck: `[pictures, 8, 8, channels]`. */
function embedding(method: 'patchcore' | 'padim', split: 'train' | 'test'): tf.Tensor4D {
  const { shapes, [split]: pictures } = golden[method];
  return tf.tidy(() => {
    const maps = Object.entries(shapes).map(([layer, [channels, height, width]]) => {
      const values = uniform(`${method} ${split} layer${layer}`, pictures * channels * height * width);
      const doubled = values.map((value) => 2 * value);
      return tf.tensor4d(toNHWC(doubled, [pictures, channels, height, width]), [pictures, height, width, channels]);
    });
    return neck(maps, [8, 8], resolveConfig({ method } as ConfigOverrides).neck);
  });
}

function sourceOf(features: tf.Tensor4D): FeatureSource {
  const [length, ...shape] = features.shape;
  const values = features.dataSync() as Float32Array;
  const size = values.length / length;
  return { length, shape, read: async (index) => values.slice(index * size, (index + 1) * size) };
}

/** Compares a `[batch, height, width, ...]` tensor with anomalib's, channels last or without channels. */
function expectLike(tensor: tf.Tensor, { shape, every, value }: Golden, digits: number): void {
  const values = tensor.dataSync();
  const place = (index: number) => (shape.length === 4 ? indexInNHWC(index, shape) : index);
  expect(values).toHaveLength(shape.reduce((product, side) => product * side, 1));
  value.forEach((expected, i) => expect(values[place(i * every)]).toBeCloseTo(expected, digits));
}

describe("PatchCore agrees with anomalib's", () => {
  const { patchcore } = golden;
  const config = resolveConfig({ method: 'patchcore', ...shared, coreset: { ratio: 1 } });

  test('locally aware patches', () => {
    expectLike(embedding('patchcore', 'test'), patchcore.embedding, 5);
  });

  test('distances and re-weighted scores', async () => {
    const train = embedding('patchcore', 'train');
    const model = createModel(config, train.shape[3], new Generator(0));
    await fit(model, sourceOf(train), resolveTraining(), runEagerly);
    const test = embedding('patchcore', 'test');
    const distance = model.distance(test);
    expectLike(distance, patchcore.distance, 4);
    const scores = model.scores!(test, distance).dataSync();
    patchcore.score.forEach((expected, i) => expect(scores[i]).toBeCloseTo(expected, 4));
    model.dispose();
  });

  test('the coreset, from the same first patch', async () => {
    const train = embedding('patchcore', 'train');
    const first = Object.assign(new Generator(0), { integer: () => patchcore.coreset[0]! });
    const chosen = await chooseCoreset(train.dataSync() as Float32Array, {
      channels: train.shape[3],
      size: patchcore.coreset.length,
      generator: first,
      compile: runEagerly,
    });
    expect(Array.from(chosen)).toEqual(patchcore.coreset);
  });
});

describe("PaDiM agrees with anomalib's", () => {
  const { padim } = golden;

  test('the Gaussians, the smoothed map and its maximum', async () => {
    // anomalib adds another 1e-5 before it inverts.
    const config = resolveConfig({ method: 'padim', ...shared, channels: 12, regularization: 0.01 + 1e-5 });
    const kept = (features: tf.Tensor4D) => tf.gather(features, tf.tensor1d([...padim.channels], 'int32'), 3);
    const train = kept(embedding('padim', 'train'));
    const model = createModel(config, padim.channels.length, new Generator(0));
    await fit(model, sourceOf(train), resolveTraining(), runEagerly);
    const state = await model.parameters.stateDict();
    const mean = tf.transpose(tf.tensor2d(state.mean!.data, [64, 12]));
    expectLike(mean, padim.mean, 5);
    const inverse = state.inverse_covariance!;
    padim.inverseCovariance.value.forEach((expected, i) =>
      expect(Math.abs(inverse.data[i * padim.inverseCovariance.every]! - expected)).toBeLessThan(
        1e-3 * Math.max(1, Math.abs(expected)),
      ),
    );
    const map = anomalyMap(model.distance(kept(embedding('padim', 'test'))), config);
    expectLike(map, padim.map, 4);
    const scores = imageScores(map, { imageScore: 'max-pixel' }).dataSync();
    padim.score.forEach((expected, i) => expect(scores[i]).toBeCloseTo(expected, 4));
    model.dispose();
  });
});
