import * as tf from '@tensorflow/tfjs';
import { Generator } from '@uniad/nn';
import { runEagerly } from '../../device/device.js';
import { selectDevice } from '../../device/select-device.js';
import { chooseCoreset } from './coreset.js';
import { projectedChannels, sparseProjection } from './projection.js';

const CHANNELS = 5;

function pointsOf(count: number, seed: number): Float32Array {
  return new Generator(seed).fillNormal(new Float32Array(count * CHANNELS), 0, 1);
}

function squaredDistance(points: Float32Array, a: number, b: number): number {
  let sum = 0;
  for (let c = 0; c < CHANNELS; c++) sum += (points[a * CHANNELS + c]! - points[b * CHANNELS + c]!) ** 2;
  return sum;
}

/** Algorithm 1 as it stands: one pass over all points for each choice. */
function slowly(points: Float32Array, first: number, size: number): number[] {
  const least = new Float64Array(points.length / CHANNELS).fill(Infinity);
  const chosen = [first];
  while (chosen.length < size) {
    const last = chosen.at(-1)!;
    let best = 0;
    for (let i = 0; i < least.length; i++) {
      least[i] = Math.min(least[i]!, squaredDistance(points, i, last));
      if (least[i]! > least[best]!) best = i;
    }
    chosen.push(best);
  }
  return chosen;
}

test.each([
  [300, 300],
  [3000, 700], // More than the pool holds.
  [9001, 300], // More than a chunk holds, which it is no multiple of.
])('of %d points, the same %d as one by one', async (count, size) => {
  const { compile } = await selectDevice('onnxruntime');
  const points = pointsOf(count, count);
  const options = { channels: CHANNELS, size, compile, generator: new Generator(4) };
  const chosen = await chooseCoreset(points, options);
  const expected = slowly(points, new Generator(4).integer(count), size);
  expect(Array.from(chosen)).toEqual(expected);
});

describe('chooseCoreset', () => {
  beforeAll(() => tf.setBackend('cpu'));

  test('takes no point twice, however many stand in one place', async () => {
    const points = pointsOf(2500, 1).fill(7, 100 * CHANNELS);
    const options = { channels: CHANNELS, size: 200, compile: runEagerly, generator: new Generator(0) };
    const chosen = await chooseCoreset(points, options);
    expect(new Set(chosen).size).toBe(200);
    expect(new Set(Array.from(chosen).filter((index) => index < 100)).size).toBe(100);
  });

  test('one point is the first', async () => {
    const options = { channels: CHANNELS, size: 1, compile: runEagerly, generator: new Generator(3) };
    expect(Array.from(await chooseCoreset(pointsOf(50, 2), options))).toEqual([new Generator(3).integer(50)]);
  });
});

describe('the projection', () => {
  test('has the channels that scikit-learn finds', () => {
    // johnson_lindenstrauss_min_dim(n, eps=...)
    expect(projectedChannels(1_000_000, 0.5)).toBe(663);
    expect(projectedChannels(10_000, 0.1)).toBe(7894);
  });

  test('keeps squared distances', async () => {
    await tf.setBackend('cpu');
    const [count, channels, projected] = [30, 400, 200];
    const points = new Generator(5).fillNormal(new Float32Array(count * channels), 0, 1);
    tf.tidy(() => {
      const rows = tf.tensor2d(points, [count, channels]);
      const projection = sparseProjection(channels, projected, new Generator(6));
      const ratios = [rows, tf.matMul(rows, projection)].map((x) => {
        const differences = tf.sub(tf.expandDims(x, 0), tf.expandDims(x, 1));
        return tf.sum(tf.square(differences), 2).dataSync();
      });
      let sum = 0;
      for (let i = 0; i < count; i++) {
        for (let j = 0; j < i; j++) {
          const ratio = ratios[1]![i * count + j]! / ratios[0]![i * count + j]!;
          expect(Math.abs(ratio - 1)).toBeLessThan(0.5);
          sum += ratio;
        }
      }
      expect(sum / ((count * (count - 1)) / 2)).toBeCloseTo(1, 1);
      const zeros = projection.dataSync().filter((value) => value === 0).length;
      expect(zeros / (channels * projected)).toBeCloseTo(1 - 1 / Math.sqrt(channels), 2);
    });
  });
});
