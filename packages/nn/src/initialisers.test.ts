import { ArgumentError } from './errors.js';
import { Generator } from './generator.js';
import { constant, heNormal, normal, ones, uniform, xavierUniform, zeros } from './initialisers.js';

test('constants', () => {
  expect(zeros([2, 2])).toEqual(Float32Array.of(0, 0, 0, 0));
  expect(ones([])).toEqual(Float32Array.of(1));
  expect(constant(2.5)([3])).toEqual(Float32Array.of(2.5, 2.5, 2.5));
});

test('uniform and normal draw from the generator in row-major order', () => {
  expect(uniform(new Generator(1), -1, 2)([2, 3])).toEqual(new Generator(1).fillUniform(new Float32Array(6), -1, 2));
  expect(normal(new Generator(1), 3, 2)([2, 3])).toEqual(new Generator(1).fillNormal(new Float32Array(6), 3, 2));
});

test.each([
  [[300, 200], Math.sqrt(6 / 500)],
  [[64, 32, 3, 3], Math.sqrt(6 / (96 * 9))],
])('xavierUniform of %p fills up to its bound', (shape, bound) => {
  const values = xavierUniform(new Generator(1))(shape);
  const largest = values.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
  expect(largest).toBeLessThanOrEqual(bound);
  expect(largest).toBeGreaterThan(0.99 * bound);
  expect(Math.sqrt(values.reduce((sum, x) => sum + x * x, 0) / values.length)).toBeCloseTo(bound / Math.sqrt(3), 2);
});

test('xavierUniform refuses a vector', () => {
  expect(() => xavierUniform(new Generator(1))([3])).toThrow(ArgumentError);
});

test('heNormal spreads by what a channel gives on', () => {
  const values = heNormal(new Generator(1))([50, 20, 3, 3]);
  const variance = values.reduce((sum, x) => sum + x * x, 0) / values.length;
  expect(variance / (2 / (50 * 9))).toBeCloseTo(1, 1);
});
