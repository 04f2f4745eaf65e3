import * as tf from '@tensorflow/tfjs';
import { describeBackbone, randomWeights } from '@uniad/backbones';
import { Generator } from '@uniad/nn';
import { runEagerly } from '../device/device.js';
import { joinWeights, splitWeights } from './backbones.js';
import { FeatureExtractor } from './feature-extractor.js';
import type { FeatureConfig } from './feature-extractor.js';

beforeAll(() => tf.setBackend('cpu'));

const SIDE = 32;
const shared = { imageSize: [SIDE, SIDE], featureSize: [4, 4] } as const;
const first = { name: 'tf_efficientnet_lite0', stages: [2, 3] } as const;
const second = { name: 'uniad_tiny', stages: [1, 3] } as const;
const weightsOf = ({ name }: { readonly name: typeof first.name | typeof second.name }) =>
  randomWeights(name, new Generator(name.length));

/** Some pixels, normalised as that backbone wants it. */
function pictureFor(name: typeof first.name | typeof second.name): Float32Array {
  const { mean, deviation } = describeBackbone(name);
  const pixels = new Generator(9).fillUniform(new Float32Array(SIDE * SIDE * 3), 0, 1);
  return pixels.map((value, i) => (value - mean[i % 3]!) / deviation[i % 3]!);
}

async function featuresOf(config: FeatureConfig, weights: ReturnType<typeof weightsOf>, picture: Float32Array) {
  const extractor = new FeatureExtractor(config, weights, runEagerly);
  const [features] = await extractor.extract([picture]);
  const { channels } = extractor;
  extractor.dispose();
  return { channels, features: features! };
}

test('a backbone beside another gives what it gives alone, with its own normalisation and patches', async () => {
  const config = {
    ...shared,
    backbone: first,
    beside: { ...second, patchSize: 1 },
    neck: { resize: 'average', patchSize: 3 },
  } as const;
  const weights = joinWeights(config, weightsOf(first), weightsOf(second));
  const both = await featuresOf(config, weights, pictureFor(first.name));

  const own = { ...shared, backbone: first, neck: config.neck } as const;
  const one = await featuresOf(own, weightsOf(first), pictureFor(first.name));
  const besides = { ...shared, backbone: second, neck: { resize: 'average', patchSize: 1 } } as const;
  const other = await featuresOf(besides, weightsOf(second), pictureFor(second.name));

  expect(both.channels).toBe(one.channels + other.channels);
  for (let cell = 0; cell < 16; cell++) {
    const expected = [one, other].flatMap(({ channels, features }) => [
      ...features.subarray(cell * channels, (cell + 1) * channels),
    ]);
    const got = [...both.features.subarray(cell * both.channels, (cell + 1) * both.channels)];
    expected.forEach((value, i) => expect(got[i]).toBeCloseTo(value, 3));
  }
});

test('weights of both are kept apart, and only those of the stages', () => {
  const config = { backbone: { name: 'resnet18', stages: [1] }, beside: { ...second, stages: [1], patchSize: 1 } };
  const [resnet, tiny] = [randomWeights('resnet18', new Generator(0)), weightsOf(second)];
  const { own, second: besides } = splitWeights(joinWeights(config, resnet, tiny));
  expect(Object.keys(own).every((name) => own[name] === resnet[name])).toBe(true);
  expect(Object.keys(besides).every((name) => besides[name] === tiny[name])).toBe(true);
  expect(Object.keys(own).length).toBeLessThan(Object.keys(resnet).length);
  expect(Object.keys(besides).length).toBeLessThan(Object.keys(tiny).length);
  expect(() => joinWeights(config, resnet, resnet)).toThrow(/conv/);
});
