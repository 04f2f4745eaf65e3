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

  test('refuses no maps and sizes that are not whole', () => {
    expect(() => neck([], [2, 2])).toThrow(BackboneError);
    const map = tf.ones([1, 2, 2, 1]) as tf.Tensor4D;
    expect(() => neck([map], [2, 0])).toThrow(
      'Expected positive whole numbers for the size of the neck but received [2, 0]',
    );
    expect(() => neck([map], [2.5, 2])).toThrow(BackboneError);
    map.dispose();
  });
});
