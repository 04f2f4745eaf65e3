import * as tf from '@tensorflow/tfjs';
import { useBackend } from '../test/backends.js';
import { channelsLast, deviation, goldenUniform, readFixture } from '../test/golden.js';
import type { Summary } from '../test/golden.js';
import { BackboneError } from './error.js';
import { neck } from './neck.js';

interface GoldenResize {
  readonly input: string;
  readonly inputShape: Summary['shape'];
  readonly output: Summary;
}

const goldenResizes = readFixture<GoldenResize[]>('resize_bilinear_align_corners.json');

describe.each(['cpu', 'wasm'] as const)('neck on %s', (backend) => {
  useBackend(backend);

  test.each(goldenResizes.map((golden) => [golden.input, golden] as const))(
    '%s agrees with PyTorch',
    (_, { input, inputShape, output }) => {
      const [batch, channels, height, width] = inputShape;
      const values = channelsLast(goldenUniform(input, batch * channels * height * width), inputShape);
      tf.tidy(() => {
        const map = tf.tensor4d(values, [batch, height, width, channels]);
        expect(deviation(neck([map], [output.shape[2], output.shape[3]]), output)).toBeLessThan(1e-4);
      });
    },
  );

  test.each([
    ['spreads a single cell', [1, 1, 2, 1], [1, 2], [3, 2], [1, 2, 1, 2, 1, 2]],
    ['takes the first cell for a size of one', [1, 2, 2, 1], [1, 2, 3, 4], [1, 1], [1]],
    ['keeps the corners', [1, 2, 2, 1], [1, 3, 5, 7], [3, 3], [1, 2, 3, 3, 4, 5, 5, 6, 7]],
  ] as const)('%s', (_, shape, values, size, expected) => {
    tf.tidy(() => expect(Array.from(neck([tf.tensor4d([...values], [...shape])], size).dataSync())).toEqual(expected));
  });

  test('puts maps of different sizes side by side and keeps nothing else', () => {
    const maps = [tf.ones([1, 4, 4, 2]), tf.fill([1, 2, 2, 3], 2)] as tf.Tensor4D[];
    const before = tf.memory().numTensors;
    const joined = neck(maps, [2, 2]);
    expect(joined.shape).toEqual([1, 2, 2, 5]);
    expect(Array.from(joined.dataSync())).toEqual([1, 1, 2, 2, 2, 1, 1, 2, 2, 2, 1, 1, 2, 2, 2, 1, 1, 2, 2, 2]);
    expect(tf.memory().numTensors).toBe(before + 1);
    tf.dispose([joined, ...maps]);
  });

  test.each<[string, number[], number[], [number, number], number[]]>([
    ['takes the mean of each window', [1, 4, 2, 1], [1, 2, 3, 4, 5, 6, 7, 8], [2, 1], [2.5, 6.5]],
    ['keeps a map of that size', [1, 2, 2, 1], [1, 2, 3, 4], [2, 2], [1, 2, 3, 4]],
    ['interpolates between the centres of cells', [1, 1, 2, 1], [0, 4], [1, 4], [0, 1, 3, 4]],
    ['grows to a multiple and averages then', [1, 1, 3, 1], [0, 3, 6], [1, 2], [0.9375, 5.0625]],
  ])('averaging, it %s', (_, shape, values, size, expected) => {
    tf.tidy(() => {
      const map = tf.tensor4d(values, shape as [number, number, number, number]);
      neck([map], size, { resize: 'average' })
        .dataSync()
        .forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 6));
    });
  });

  test('averaging keeps the mean of every channel where the size divides the map', () => {
    tf.tidy(() => {
      const map = tf.tensor4d(Float32Array.from(goldenUniform('neck', 8 * 12 * 3)), [1, 8, 12, 3]);
      const averaged = tf.mean(neck([map], [4, 3], { resize: 'average' }), [1, 2]).dataSync();
      const means = tf.mean(map, [1, 2]).dataSync();
      averaged.forEach((value, channel) => expect(value).toBeCloseTo(means[channel]!, 6));
    });
  });

  test('a patch is the mean of its neighbours in the map, zeros beyond the border', () => {
    tf.tidy(() => {
      const map = tf.tensor4d([9, 18, 27, 36, 45, 54], [1, 2, 3, 1]);
      const expected = [12, 21, 16, 12, 21, 16];
      expect(Array.from(neck([map], [2, 3], { patchSize: 3 }).dataSync())).toEqual(expected);
      const [mean] = neck([map], [1, 1], { patchSize: 3, resize: 'average' }).dataSync();
      expect(mean).toBeCloseTo(49 / 3, 5);
    });
  });

  test('refuses no maps and sizes that are not whole', () => {
    expect(() => neck([], [2, 2])).toThrow(BackboneError);
    const map = tf.ones([1, 2, 2, 1]) as tf.Tensor4D;
    expect(() => neck([map], [2, 0])).toThrow(
      'Expected positive whole numbers for the size of the neck but received [2, 0]',
    );
    expect(() => neck([map], [2.5, 2])).toThrow(BackboneError);
    expect(() => neck([map], [2, 2], { patchSize: 2 })).toThrow(
      'an odd number for the patch size of the neck but received 2',
    );
    map.dispose();
  });
});
