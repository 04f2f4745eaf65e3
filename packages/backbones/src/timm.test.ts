import * as tf from '@tensorflow/tfjs';
import { Parameters } from '@uniad/nn';
import { useBackend } from '../test/backends.js';
import { channelsLast, deviation, goldenImages, goldenUniform, goldenWeights, readFixture } from '../test/golden.js';
import type { Summary } from '../test/golden.js';
import type { BackboneName } from './common.js';
import { backboneComplexity, createBackbone, createTrainableBackbone } from './common.js';

/** Norm and first values of a gradient or a buffer. */
type Figures = readonly [norm: number, ...first: number[]];

/** Made by test/timm_figures.py. */
const { size, features, training } = readFixture<{
  readonly size: number;
  readonly features: readonly {
    readonly backbone: BackboneName;
    readonly multiplyAdds: number;
    readonly stages: readonly Summary[];
  }[];
  readonly training: readonly {
    readonly backbone: BackboneName;
    readonly stages: number;
    readonly loss: number;
    readonly gradients: Readonly<Record<string, Figures>>;
    readonly buffers: Readonly<Record<string, Figures>>;
  }[];
}>('timm.json');

jest.setTimeout(300_000);
useBackend('wasm');

const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);

test.each(features.map((golden) => [golden.backbone, golden] as const))(
  '%s: features and products agree with timm, frozen and trainable',
  (name, { stages, multiplyAdds }) => {
    const before = tf.memory().numTensors;
    const weights = goldenWeights(name);
    const options = { stages: upTo(stages.length), weights };
    const images = goldenImages(1, size);
    const frozen = createBackbone(name, options);
    tf.tidy(() => frozen.forward(images).forEach((map, i) => expect(deviation(map, stages[i]!)).toBeLessThan(2e-5)));
    frozen.dispose();
    const parameters = new Parameters();
    const trainable = createTrainableBackbone(name, { ...options, parameters });
    tf.tidy(() =>
      trainable.forward(images, false).forEach((map, i) => expect(deviation(map, stages[i]!)).toBeLessThan(2e-5)),
    );
    parameters.dispose();
    images.dispose();
    expect(tf.memory().numTensors).toBe(before);
    expect(backboneComplexity(name, { imageSize: [size, size] }).multiplyAdds).toBe(multiplyAdds);
  },
);

test.each(training.map((golden) => [golden.backbone, golden] as const))(
  '%s in training: loss, gradients and running statistics agree with torch',
  async (name, golden) => {
    const parameters = new Parameters();
    const stages = upTo(golden.stages);
    const backbone = createTrainableBackbone(name, { stages, weights: goldenWeights(name), parameters });
    const named = parameters.entries();
    expect(named.map(([path]) => path).sort()).toEqual(Object.keys(golden.gradients).sort());
    tf.tidy(() => {
      const images = goldenImages(2, 32);
      const loss = (): tf.Scalar => {
        const maps = backbone.forward(images, true).map((map, i) => {
          const [batch, rows, columns, channels] = map.shape;
          const shape = [batch, channels, rows, columns] as const;
          const weights = channelsLast(goldenUniform(`loss/${stages[i]!}`, map.size), shape);
          return tf.mean<tf.Scalar>(tf.mul(map, tf.tensor4d(weights, map.shape)));
        });
        return tf.addN(maps) as tf.Scalar;
      };
      const { value, grads } = tf.variableGrads(
        loss,
        named.map(([, variable]) => variable),
      );
      expect(Math.abs(value.dataSync()[0]! - golden.loss)).toBeLessThan(1e-5);
      for (const [path, variable] of named) expectFigures(path, grads[variable.name]!.dataSync(), golden.gradients);
    });
    const state = await parameters.stateDict();
    for (const path of Object.keys(golden.buffers)) expectFigures(path, state[path]!.data, golden.buffers);
    parameters.dispose();
  },
);

function expectFigures(path: string, values: ArrayLike<number>, golden: Readonly<Record<string, Figures>>): void {
  const [norm, ...first] = golden[path]!;
  const actual = Math.sqrt(Array.from(values).reduce((sum, value) => sum + value * value, 0));
  // Relative to the root mean square of all values; a bias before a batch norm has no gradient but noise of some 1e-8.
  const scale = Math.max(norm / Math.sqrt(values.length), 1e-5);
  const errors = [(actual - norm) / Math.sqrt(values.length), ...first.map((value, i) => values[i]! - value)];
  for (const error of errors) expect({ path, error: Math.abs(error) / scale < 5e-3 }).toEqual({ path, error: true });
}
