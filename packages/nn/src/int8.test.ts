import { Generator } from './generator.js';
import { fromInt8, roundHalfEven, toInt8 } from './int8.js';

test.each([
  [0.5, 0],
  [1.5, 2],
  [2.5, 2],
  [-0.5, 0],
  [-1.5, -2],
  [0.49, 0],
  [-2.51, -3],
  [3, 3],
])('%d rounds to %d', (x, expected) => {
  expect(roundHalfEven(x) + 0).toBe(expected);
});

const shape = [3, 40, 2];
const data = new Generator(3).fillUniform(new Float32Array(240), -1, 1);
const channelOf = [(i: number) => Math.floor(i / 80), (i: number) => Math.floor(i / 2) % 40, (i: number) => i % 2];

test.each([0, 1, 2])('steps of axis %i are within half a step of every number, the largest at 127', (axis) => {
  const { values, scales } = toInt8(data, shape, axis);
  const rounded = fromInt8({ values, scales }, shape, axis);
  expect(scales).toHaveLength(shape[axis]!);
  const largest = new Float32Array(shape[axis]!);
  data.forEach((x, i) => {
    const channel = channelOf[axis]!(i);
    expect(rounded[i]).toBe(Math.fround(values[i]! * scales[channel]!));
    expect(Math.abs(x - rounded[i]!)).toBeLessThanOrEqual(0.5001 * scales[channel]!);
    largest[channel] = Math.max(largest[channel]!, Math.abs(values[i]!));
  });
  expect([...largest].every((value) => value === 127)).toBe(true);
});

test('rounding twice changes nothing', () => {
  const once = toInt8(data, shape, 0);
  const again = toInt8(fromInt8(once, shape, 0), shape, 0);
  expect(again.values).toEqual(once.values);
  expect(again.scales).toEqual(once.scales);
});

test('zeros stay zeros, and numbers too small for a step become them', () => {
  expect(fromInt8(toInt8(new Float32Array(4), [2, 2], 0), [2, 2], 0)).toEqual(new Float32Array(4));
  const tiny = Float32Array.of(1e-45, 0);
  expect(fromInt8(toInt8(tiny, [1, 2], 0), [1, 2], 0)).toEqual(new Float32Array(2));
});
