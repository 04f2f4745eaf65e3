import * as tf from '@tensorflow/tfjs';
import { Generator, StateDictError } from '@uniad/nn';
import { resolveConfig } from '../../config.js';
import { runEagerly } from '../../device/device.js';
import { selectDevice } from '../../device/select-device.js';
import { resolveTraining } from '../../training/training-options.js';
import { draem, DraemModel } from './draem.js';
import { simulateAnomalies } from './simulate-anomalies.js';
import { ssim } from './ssim.js';

const SIDE = 32;
const config = resolveConfig({
  method: 'draem',
  backbone: { name: 'uniad_tiny' },
  imageSize: [SIDE, SIDE],
  widths: { reconstructive: 4, discriminative: 8 },
});

const mean = (values: ArrayLike<number>) => Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;

/** Waves down the picture, of any phase, and some noise, of values from 0 to 1; a defect is a square of finer waves across it. */
function picture(seed: number, defect = false): Float32Array {
  const generator = new Generator(seed);
  const phase = 2 * Math.PI * generator.uniform();
  const noise = generator.fillNormal(new Float32Array(SIDE * SIDE * 3), 0, 0.02);
  return noise.map((value, i) => {
    const [row, column, colour] = [Math.floor(i / (3 * SIDE)), Math.floor(i / 3) % SIDE, i % 3];
    const isDefect = defect && within(Math.floor(i / 3));
    return value + 0.5 + (isDefect ? 0.4 * Math.cos(1.5 * column) : 0.3 * Math.sin(phase + row / 3 + colour));
  });
}

function within(pixel: number): boolean {
  const [row, column] = [Math.floor(pixel / SIDE), pixel % SIDE];
  return row >= 8 && row < 18 && column >= 12 && column < 22;
}

const batchOf = (...pictures: Float32Array[]) =>
  tf.tensor4d(Float32Array.from(pictures.flatMap((values) => Array.from(values))), [pictures.length, SIDE, SIDE, 3]);

describe('structural similarity', () => {
  beforeAll(() => tf.setBackend('cpu'));
  const [rows, columns] = [13, 16] as const;
  const map = (seed: number) => new Generator(seed).fillUniform(new Float32Array(rows * columns), 0, 1);
  const asTensor = (values: ArrayLike<number>) => tf.tensor4d(Float32Array.from(values), [1, rows, columns, 1]);

  /** Wang et al. 2004 once more, window by window. */
  function slow(a: ArrayLike<number>, b: ArrayLike<number>): number[] {
    const mirrored = (at: number, size: number) => (at < 0 ? -at : at < size ? at : 2 * (size - 1) - at);
    return Array.from({ length: rows * columns }, (_, place) => {
      const [row, column] = [Math.floor(place / columns), place % columns];
      let [total, sumA, sumB, squaresA, squaresB, products] = [0, 0, 0, 0, 0, 0];
      for (let down = -5; down <= 5; down++) {
        for (let across = -5; across <= 5; across++) {
          const weight = Math.exp(-(down ** 2 + across ** 2) / (2 * 1.5 ** 2));
          const at = mirrored(row + down, rows) * columns + mirrored(column + across, columns);
          total += weight;
          sumA += weight * a[at]!;
          sumB += weight * b[at]!;
          squaresA += weight * a[at]! ** 2;
          squaresB += weight * b[at]! ** 2;
          products += weight * a[at]! * b[at]!;
        }
      }
      const [meanA, meanB] = [sumA / total, sumB / total];
      const [varianceA, varianceB] = [squaresA / total - meanA ** 2, squaresB / total - meanB ** 2];
      const covariance = products / total - meanA * meanB;
      const above = (2 * meanA * meanB + 0.01 ** 2) * (2 * covariance + 0.03 ** 2);
      return above / ((meanA ** 2 + meanB ** 2 + 0.01 ** 2) * (varianceA + varianceB + 0.03 ** 2));
    });
  }

  test('agrees with a second implementation, to the borders', () => {
    const [a, b] = [map(1), map(2)];
    const ours = ssim(asTensor(a), asTensor(b)).dataSync();
    slow(a, b).forEach((expected, i) => expect(ours[i]).toBeCloseTo(expected, 4));
    ssim(asTensor(a), asTensor(a))
      .dataSync()
      .forEach((value) => expect(value).toBeCloseTo(1, 5));
  });

  test('has the gradient of finite differences', () => {
    const [a, b] = [map(3), map(4)];
    const gradient = tf
      .grad((x) => tf.mean(ssim(x as tf.Tensor4D, asTensor(b))))(asTensor(a))
      .dataSync();
    for (const place of [0, 37, 100, rows * columns - 1]) {
      const [up, down] = [1e-4, -1e-4].map((by) => {
        const moved = Array.from(a);
        moved[place]! += by;
        return mean(slow(moved, b));
      });
      expect(gradient[place]).toBeCloseTo((up! - down!) / 2e-4, 5);
    }
  });
});

describe('simulated anomalies', () => {
  beforeAll(() => tf.setBackend('cpu'));
  const good = Array.from({ length: 16 }, (_, i) => picture(i).map((value) => Math.min(1, Math.max(0, value))));
  const drawn = (seed: number) =>
    tf.tidy(() => {
      const { pictures, mask } = simulateAnomalies(batchOf(...good), new Generator(seed));
      return { pictures: pictures.dataSync(), mask: mask.dataSync() as Float32Array, shape: mask.shape };
    });

  test('change pixels within their mask alone, of about half of the pictures', () => {
    const { pictures, mask, shape } = drawn(1);
    expect(shape).toEqual([16, SIDE, SIDE, 1]);
    expect(mask.every((value) => value === 0 || value === 1)).toBe(true);
    const all = good.flatMap((values) => Array.from(values));
    let changed = 0;
    all.forEach((value, i) => {
      const inside = mask[Math.floor(i / 3)] === 1;
      if (!inside) expect(pictures[i]).toBeCloseTo(value, 6);
      else changed += Number(Math.abs(pictures[i]! - value) > 0.01);
    });
    expect(changed / (3 * mask.reduce((sum, value) => sum + value, 0))).toBeGreaterThan(0.7);
    const size = SIDE * SIDE;
    const anomalous = good.filter((_, i) => mask.subarray(i * size, (i + 1) * size).includes(1)).length;
    expect(anomalous).toBeGreaterThan(3);
    expect(anomalous).toBeLessThan(13);
    expect(Math.min(...pictures)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...pictures)).toBeLessThanOrEqual(1);
  });

  test('are the same of the same seed, and others of another', () => {
    expect(drawn(1)).toEqual(drawn(1));
    expect(drawn(2).mask).not.toEqual(drawn(1).mask);
  });

  test('are drawn anew in every run of a compiled graph, as they would be op by op', async () => {
    const { compile } = await selectDevice('onnxruntime');
    const generator = new Generator(1);
    const run = compile((images) => {
      const { pictures, mask } = simulateAnomalies(images as tf.Tensor4D, generator);
      return [pictures, mask];
    });
    const images = batchOf(...good);
    const before = tf.memory().numTensors;
    const masks: ArrayLike<number>[] = [];
    for (let i = 0; i < 2; i++) {
      const outputs = run(images);
      const [pictures, mask] = await Promise.all(outputs.map((output) => output.data()));
      tf.dispose(outputs);
      masks.push(mask!);
      if (i > 0) continue;
      await tf.setBackend('cpu');
      const expected = drawn(1);
      expect(Array.from(mask!)).toEqual(Array.from(expected.mask));
      expected.pictures.forEach((value, at) => expect(Math.abs(value - pictures![at]!)).toBeLessThan(1e-5));
      await tf.setBackend('onnxruntime');
    }
    expect(masks[1]).not.toEqual(masks[0]);
    expect(tf.memory().numTensors).toBe(before);
    run.dispose();
  });
});

/** Its pictures are not normalised by anything. */
const source = {
  length: 16,
  shape: [SIDE, SIDE, 3] as const,
  read: async (index: number) => normalised(picture(index)),
};

function normalised(values: Float32Array): Float32Array {
  const [mean, deviation] = [
    [0.485, 0.456, 0.406],
    [0.229, 0.224, 0.225],
  ] as const;
  return values.map((value, i) => (value - mean[i % 3]!) / deviation[i % 3]!);
}

test('learns to find a defect that it was never shown, and leaves no tensor behind', async () => {
  const { compile } = await selectDevice('onnxruntime');
  const before = tf.memory().numTensors;
  const model = new DraemModel(config, 1, new Generator(0));
  const training = resolveTraining({ epochs: 80, batchSize: 8, learningRate: 5e-3, clipNorm: 1 });
  const log = await draem.fit(model, source, training, compile);
  expect(log.at(-1)!.loss).toBeLessThan(0.5 * log[0]!.loss);
  const [good, bad] = tf.tidy(() => {
    const images = batchOf(normalised(picture(50)), normalised(picture(50, true)));
    const maps = model.distance(tf.zeros([2, 1, 1, 1]), { images, maps: [] });
    expect(maps.shape).toEqual([2, SIDE, SIDE]);
    return tf.unstack(maps).map((map) => map.dataSync());
  });
  const inside = (map: ArrayLike<number>) => mean(Array.from(map).filter((_, i) => within(i)));
  const outside = (map: ArrayLike<number>) => mean(Array.from(map).filter((_, i) => !within(i)));
  expect(inside(bad!)).toBeGreaterThan(1.5 * outside(bad!));
  expect(inside(bad!)).toBeGreaterThan(1.5 * inside(good!));
  model.dispose();
  expect(tf.memory().numTensors).toBe(before);
}, 180_000);

test('takes no state of other widths, and no features', async () => {
  await selectDevice('cpu');
  const model = new DraemModel(config, 1, new Generator(0));
  const wider = new DraemModel({ ...config, widths: { reconstructive: 5, discriminative: 8 } }, 1, new Generator(0));
  const state = await wider.parameters.stateDict();
  expect(() => model.loadStateDict(state)).toThrow(StateDictError);
  expect(() => model.distance(tf.zeros([1, 2, 2, 1]))).toThrow('the pictures for the method draem');
  const stopped = draem.fit(model, source, resolveTraining(), runEagerly, { signal: AbortSignal.abort() });
  await expect(stopped).rejects.toThrow('aborted');
  wider.dispose();
  model.dispose();
});
