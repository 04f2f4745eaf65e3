import { PixelSample } from './pixel-sample.js';

const map = (start: number) => Float32Array.from({ length: 64 * 64 }, (_, i) => start + i);

test('of few maps, every 16th pixel', () => {
  const sample = new PixelSample(2);
  sample.add(map(0));
  sample.add(map(1e5));
  const expected = [0, 1e5].flatMap((start) => Array.from({ length: 256 }, (_, i) => start + 16 * i));
  expect(Array.from(sample.values())).toEqual(expected);
});

test('of many, no more than are enough, from all rows and columns', () => {
  const maps = 10_000;
  const sample = new PixelSample(maps);
  for (let i = 0; i < maps; i++) sample.add(map(0));
  const values = sample.values();
  expect(values.length).toBeLessThanOrEqual(2 ** 20 + maps);
  expect(values.length).toBeGreaterThan(2 ** 19);
  expect(new Set(Array.from(values.subarray(0, 105), (value) => value % 64)).size).toBeGreaterThan(50);
});
