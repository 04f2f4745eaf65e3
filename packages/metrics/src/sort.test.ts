import { seededUniform } from './random.js';
import { sortAscending } from './sort.js';

test('sorts float32 numbers of every magnitude and sign like the built-in sort', () => {
  const uniform = seededUniform(5);
  const random = Float32Array.from({ length: 20_000 }, () => (uniform() - 0.5) * 10 ** Math.floor(uniform() * 80 - 44));
  const values = Float32Array.of(...random, 0, -0, Infinity, -Infinity, 1e-45, -1e-45, 3.4e38, -3.4e38, 1, 1);
  const expected = values.slice().sort();
  sortAscending(values);
  expect(values).toEqual(expected);
});

test('touches nothing outside a view', () => {
  const whole = Float32Array.of(9, 3, -1, 2, -9);
  sortAscending(whole.subarray(1, 4));
  expect([...whole]).toEqual([9, -1, 2, 3, -9]);
});

test('sorts doubles that float32 cannot tell apart', () => {
  const values = Float64Array.of(1 + 1e-12, 1, 1 - 1e-12);
  sortAscending(values);
  expect([...values]).toEqual([1 - 1e-12, 1, 1 + 1e-12]);
});

test.each([Float32Array, Float64Array])('companions move with their numbers: %p', (type) => {
  const uniform = seededUniform(9);
  const values = new type(3000).map(() => Math.fround(uniform() * 40 - 20));
  const companions = Uint32Array.from(values, (_, i) => i);
  const before = values.slice();
  sortAscending(values, companions);
  expect(values).toEqual(before.toSorted());
  expect(Float64Array.from(companions, (i) => before[i]!)).toEqual(Float64Array.from(values));
  expect(new Set(companions).size).toBe(3000);
});
