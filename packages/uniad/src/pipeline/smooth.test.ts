import * as tf from '@tensorflow/tfjs';
import { Generator } from '@uniad/nn';
import { smooth } from './smooth.js';

beforeAll(() => tf.setBackend('cpu'));

const [HEIGHT, WIDTH] = [11, 14] as const;
const map = new Generator(1).fillUniform(new Float32Array(HEIGHT * WIDTH), 0, 1);

/** The sum over the whole window, weight by weight. */
function slowly(sigma: number, row: number, column: number): number {
  const radius = Math.floor(4 * sigma + 0.5);
  const reflected = (at: number, side: number) => (at < 0 ? -at : at >= side ? 2 * (side - 1) - at : at);
  let [sum, total] = [0, 0];
  for (let dy = -radius; dy <= radius; dy++) {
    for (let dx = -radius; dx <= radius; dx++) {
      const weight = Math.exp(-(dy ** 2 + dx ** 2) / (2 * sigma ** 2));
      sum += weight * map[reflected(row + dy, HEIGHT) * WIDTH + reflected(column + dx, WIDTH)]!;
      total += weight;
    }
  }
  return sum / total;
}

test.each([0.5, 1, 2.4])('a Gaussian of %d pixels, reflected at the borders', (sigma) => {
  const maps = tf.tensor3d(Float32Array.from([...map, ...map.map((value) => 2 * value)]), [2, HEIGHT, WIDTH]);
  const before = tf.memory().numTensors;
  const smoothed = smooth(maps, sigma);
  expect(tf.memory().numTensors).toBe(before + 1);
  expect(smoothed.shape).toEqual([2, HEIGHT, WIDTH]);
  const values = smoothed.dataSync();
  for (let i = 0; i < HEIGHT * WIDTH; i++) {
    const expected = slowly(sigma, Math.floor(i / WIDTH), i % WIDTH);
    expect(values[i]).toBeCloseTo(expected, 5);
    expect(values[HEIGHT * WIDTH + i]).toBeCloseTo(2 * expected, 5);
  }
});

test('none leaves the map as it is', () => {
  const maps = tf.tensor3d(map, [1, HEIGHT, WIDTH]);
  expect(smooth(maps, 0).dataSync()).toEqual(map);
});
