import * as tf from '@tensorflow/tfjs';
import { onEveryBackend, onPoorBackend } from '../test/backends.js';
import { expectClose, expectGradientsToBeRight } from '../test/gradients.js';
import { maxPool } from './max-pool.js';
import type { MaxPoolOptions } from './max-pool.js';

/** Numbers further apart than finite differences reach, all of them negative: zeros around would win. */
function picture(shape: [number, number, number, number]): tf.Tensor4D {
  const size = shape.reduce((product, side) => product * side, 1);
  return tf.tensor4d(
    Float32Array.from({ length: size }, (_, i) => -0.1 - ((i * 37) % size) * 0.05),
    shape,
  );
}

function declare(): void {
  test('equals torch', () => {
    tf.tidy(() => {
      const x = tf.transpose(tf.reshape(tf.sin(tf.mul(tf.range(0, 40), 0.37)), [1, 2, 4, 5]), [0, 2, 3, 1]);
      // torch 2.13: max_pool2d(sin(.37 i) - 2 of shape [1, 2, 4, 5], 3, 2, 1), as NHWC
      const y = maxPool(tf.sub(x, 2), 3, { stride: 2, padding: 1 });
      expect(y.shape).toEqual([1, 2, 3, 2]);
      expectClose(
        y,
        [
          -1.038725, -1.003524, -1.104301, -1.003524, -1.004119, -1.207573, -1.038725, -1.31571, -1.203434, -1.002976,
          -1.320695, -1.002976,
        ],
      );
    });
  });

  test.each([
    ['3x3 stride 2', [2, 6, 5, 2], 3, { stride: 2, padding: 1 }],
    ['3x3 stride 2, zeros around, which win', [1, 6, 5, 2], 3, { stride: 2, padding: 1, around: 0 }],
    ['2x2', [1, 4, 5, 2], 2, {}],
    ['3x3 stride 1', [1, 4, 4, 1], 3, { stride: 1, padding: 1 }],
  ] as [string, [number, number, number, number], number, MaxPoolOptions][])(
    'gradient: %s',
    (_, shape, kernel, geometry) => {
      const x = picture(shape);
      expectGradientsToBeRight((x) => maxPool(x as tf.Tensor4D, kernel, geometry), [x]);
      x.dispose();
    },
  );

  test('of equal values the first gets the gradient', () => {
    tf.tidy(() => {
      const dx = tf.grad((x) => tf.sum(maxPool(x as tf.Tensor4D, 2)))(tf.zeros([1, 2, 4, 1]));
      expect(Array.from(dx.dataSync())).toEqual([1, 0, 1, 0, 0, 0, 0, 0]);
    });
  });
}
onEveryBackend(declare);
onPoorBackend(declare);
