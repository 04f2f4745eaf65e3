import * as tf from '@tensorflow/tfjs';
import { onEveryBackend, onPoorBackend } from '../test/backends.js';
import { ArgumentError } from './errors.js';
import { padForWindow, reachedPadding } from './padding.js';

const shape = [1, 8, 9, 2] as [number, number, number, number];

function declare(): void {
  test.each([
    ['none', 3, 1, 0, [0, 0, 0, 0], 'valid', [1, 8, 9, 2]],
    ['what tfjs calls same', 3, 1, 1, [1, 1, 1, 1], 'same', [1, 8, 9, 2]],
    ['not what tfjs calls same, as 8 rows leave one over', 3, 2, 1, [1, 0, 1, 1], 'valid', [1, 9, 11, 2]],
    [
      'an odd zero at the end',
      3,
      2,
      [
        [0, 1],
        [1, 1],
      ],
      [0, 1, 1, 1],
      'same',
      [1, 8, 9, 2],
    ],
    ['a stride that leaves over more than the padding', 1, 4, 0, [0, 0, 0, 0], 'valid', [1, 8, 9, 2]],
    [
      'an even window',
      4,
      1,
      [
        [1, 2],
        [1, 2],
      ],
      [1, 2, 1, 2],
      'same',
      [1, 8, 9, 2],
    ],
    [
      'only at the start',
      2,
      1,
      [
        [1, 0],
        [1, 0],
      ],
      [1, 0, 1, 0],
      'valid',
      [1, 9, 10, 2],
    ],
  ] as const)('padding: %s', (_, kernel, stride, padding, reached, pad, padded) => {
    tf.tidy(() => {
      const around = reachedPadding(shape, kernel, stride, padding);
      expect(around.flat()).toEqual(reached);
      const picture = padForWindow(tf.ones(shape), kernel, stride, around);
      expect([picture.pad, picture.x.shape]).toEqual([pad, padded]);
      expect(tf.sum(picture.x).dataSync()[0]).toBe(144); // zeros around
    });
  });
}
onEveryBackend(declare);
onPoorBackend(declare);

test('refuses padding that is no whole number below the window, and pictures below it', () => {
  for (const padding of [-1, 0.5, 3, NaN]) expect(() => reachedPadding(shape, 3, 1, padding)).toThrow(ArgumentError);
  expect(() => reachedPadding([1, 8, 2, 1], 5, 1, 1)).toThrow(
    'Expected at least 3 rows and columns for a window of 5 but received 2',
  );
});
