import { imageScore, MetricsError } from './index.js';
import { seededUniform } from './random.js';
import { namedUniform } from '../test/samples.js';
import golden from '../test/golden.json';

function naiveMaxOfPool(map: Float32Array, height: number, width: number, rows: number, columns: number): number {
  const means: number[] = [];
  for (let top = 0; top <= height - rows; top++) {
    for (let left = 0; left <= width - columns; left++) {
      let sum = 0;
      for (let i = 0; i < rows * columns; i++)
        sum += map[(top + Math.floor(i / columns)) * width + left + (i % columns)]!;
      means.push(sum / (rows * columns));
    }
  }
  return Math.max(...means);
}

test.each(golden.image_score)('golden map %#', (expected) => {
  const name = /uniform\('(\w+)'\)/.exec(expected.map)![1]!;
  const map = Float32Array.from(namedUniform(name, 32 * 40), Math.abs);
  const pool = [expected.avg_pool[0]!, expected.avg_pool[1]!] as const;
  expect(imageScore(map, [32, 40], { pool })).toBeCloseTo(expected.max_of_avg_pool, 6);
  expect(imageScore(map, [32, 40], { by: 'mean' })).toBeCloseTo(expected.mean, 6);
  expect(imageScore(map, [32, 40], { by: 'std' })).toBeCloseTo(expected.std, 6);
});

test.each([
  [20, 30, 16, 16],
  [16, 16, 16, 16],
  [7, 31, 1, 30],
  [31, 7, 31, 2],
  [9, 9, 1, 1],
])('%d x %d map, %d x %d pool, against naive loops', (height, width, rows, columns) => {
  const uniform = seededUniform(height * width);
  const map = Float32Array.from({ length: height * width }, () => uniform() * 4 - 3);
  expect(imageScore(map, [height, width], { pool: [rows, columns] })).toBeCloseTo(
    naiveMaxOfPool(map, height, width, rows, columns),
    12,
  );
});

test('a bright spot leaves no rounding behind', () => {
  const map = new Float64Array(20 * 20).fill(-1e20);
  map.fill(1e-3, 200);
  expect(imageScore(map, [20, 20], { pool: [4, 4] })).toBeCloseTo(1e-3, 15);
});

test.each([
  [() => imageScore(new Float32Array(5), [2, 3]), /2 x 3 values but received 5/],
  [() => imageScore([], [0, 0], { by: 'mean' }), /0 x 0/],
  [() => imageScore(Float32Array.of(0, NaN), [1, 2], { by: 'mean' }), /map value 1 but received NaN/],
  [() => imageScore([0, Infinity], [1, 2], { pool: [1, 1] }), /map value 1 but received Infinity/],
  [() => imageScore(new Float32Array(15 * 20), [15, 20]), /at most 15 x 20 but received 16 x 16/],
  [() => imageScore([1], [1, 1], { pool: [0.5, 1] }), /received 0.5 x 1/],
  [() => imageScore([1], [1, 1], JSON.parse('{"by":"max"}') as object), /received max/],
  [() => imageScore([1], [1, 1], JSON.parse('{"pooling":1}') as object), /received pooling/],
])('refused %#', (call, message) => {
  expect(call).toThrow(MetricsError);
  expect(call).toThrow(message);
});
