import * as tf from '@tensorflow/tfjs';
import { Generator } from '@uniad/nn';
import { everywhereToCells, tokensToCells } from './to-cells.js';

const [ROWS, COLUMNS] = [6, 8] as const;

beforeAll(() => tf.setBackend('cpu'));

/** Of squares of so many cells at every place, what `value` says of each by its top left cell. */
const everywhere = (side: number, value: (row: number, column: number) => number) =>
  tf.tensor3d([
    Array.from({ length: ROWS - side + 1 }, (_, row) =>
      Array.from({ length: COLUMNS - side + 1 }, (__, column) => value(row, column)),
    ),
  ]);

test.each([1, 2, 3, 4])('squares of %d cells at every place: a ramp stays where it is', (side) => {
  const middle = (side - 1) / 2;
  const cells = everywhereToCells(
    everywhere(side, (row, column) => 10 * (row + middle) + column + middle),
    side,
  );
  expect(cells.shape).toEqual([1, ROWS, COLUMNS]);
  const [map] = cells.arraySync();
  const beyond = Math.floor(side / 2);
  for (let row = beyond; row < ROWS - beyond; row++) {
    for (let column = beyond; column < COLUMNS - beyond; column++) {
      expect(map![row]![column]).toBeCloseTo(10 * row + column, 4);
    }
  }
});

test('beyond the outermost squares the last ones count again', () => {
  const distance = everywhere(2, (row, column) => 10 * row + column);
  const [map] = everywhereToCells(distance, 2).arraySync();
  expect(map![0]![0]).toBe(0);
  expect(map![0]![1]).toBe(0.5);
  expect(map![ROWS - 1]![COLUMNS - 1]).toBe(10 * (ROWS - 2) + COLUMNS - 2);
  expect(map![ROWS - 1]![0]).toBe(10 * (ROWS - 2));
});

test.each([
  [3, 1],
  [4, 1],
])('a single square of %d cells is the distance of all of them', (side, count) => {
  const cells = everywhereToCells(tf.fill([1, count, count], 7), side);
  expect(cells.shape).toEqual([1, side, side]);
  expect([...cells.dataSync()]).toEqual(new Array(side ** 2).fill(7));
});

test('tokens side by side stand in the middle of their cells', () => {
  const distance = tf.tensor3d([
    [
      [0, 4],
      [8, 12],
    ],
  ]);
  const [map] = tokensToCells(distance, 2).arraySync();
  expect(map![0]).toEqual([0, 1, 3, 4]);
  expect(map!.map(([first]) => first)).toEqual([0, 2, 6, 8]);
  const odd = new Generator(0).fillNormal(new Float32Array(6), 0, 1);
  const tokens = tf.tensor3d(odd, [1, 2, 3]);
  const [cells] = tokensToCells(tokens, 3).arraySync();
  const [values] = tokens.arraySync();
  for (let row = 0; row < 2; row++) {
    for (let column = 0; column < 3; column++) {
      expect(cells![3 * row + 1]![3 * column + 1]).toBeCloseTo(values![row]![column]!, 6);
    }
  }
});

test('of one cell each, everything stays as it is', () => {
  const distance = tf.ones([1, 3, 3]) as tf.Tensor3D;
  expect(tokensToCells(distance, 1)).toBe(distance);
  expect(everywhereToCells(distance, 1)).toBe(distance);
});
