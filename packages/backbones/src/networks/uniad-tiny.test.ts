import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { Generator, readSafetensors } from '@uniad/nn';
import type { StateDict } from '@uniad/nn';
import { useBackend } from '../../test/backends.js';
import { createBackbone } from '../backbone.js';
import { loadWeights } from '../weights/load-weights.js';

useBackend('wasm');

const FILE = resolve(__dirname, '../../weights/uniad_tiny.safetensors');
const SIZE = 64;

/** Pictures of coloured noise at two scales, `[count, 64, 64, 3]`. */
function pictures(count: number): tf.Tensor4D {
  const generator = new Generator(1);
  return tf.tidy(() => {
    const noise = (side: number): tf.Tensor4D =>
      tf.tensor4d(generator.fillNormal(new Float32Array(count * side * side * 3), 0, 0.7), [count, side, side, 3]);
    return tf.add(noise(SIZE), tf.image.resizeBilinear(noise(8), [SIZE, SIZE]));
  });
}

/** The network as it trained: each batch norm behind its convolution. */
function unfolded(state: StateDict, images: tf.Tensor4D): tf.Tensor4D[] {
  const vector = (name: string): tf.Tensor1D => tf.tensor1d(state[name]!.data);
  const convolve = (x: tf.Tensor4D, convolution: string, norm: string, stride: number): tf.Tensor4D => {
    const { data, shape } = state[`${convolution}.weight`]!;
    const filter = tf.transpose(tf.tensor4d(data, shape as [number, number, number, number]), [2, 3, 1, 0]);
    const y = tf.conv2d(x, filter, stride, 'same');
    return tf.batchNorm4d(
      y,
      vector(`${norm}.running_mean`),
      vector(`${norm}.running_var`),
      vector(`${norm}.bias`),
      vector(`${norm}.weight`),
      1e-3,
    );
  };
  let x = tf.relu(convolve(images, 'stem.conv', 'stem.bn', 2));
  return [1, 2, 2, 3].map((blocks, stage) => {
    for (let block = 0; block < blocks; block++) {
      const name = `stages.${stage}.${block}`;
      const strided = stage > 0 && block === 0;
      const middle = tf.relu(convolve(x, `${name}.conv1`, `${name}.bn1`, strided ? 2 : 1));
      const y = convolve(middle, `${name}.conv2`, `${name}.bn2`, 1);
      x = strided ? y : tf.add(y, x);
    }
    return x;
  });
}

test('the weights that ship load by their name, without a connection', async () => {
  const fetch = (): Promise<Response> => Promise.reject(new Error('expected no download'));
  const weights = await loadWeights('uniad_tiny', { fetch });
  const backbone = createBackbone('uniad_tiny', { stages: [1, 2, 3, 4], weights });
  expect(backbone.channels).toBe(208);
  backbone.dispose();
});

test('the file is small, in half precision, and says what made it', () => {
  expect(statSync(FILE).size).toBeLessThan(3 * 2 ** 20);
  const { tensors, metadata } = readSafetensors(readFileSync(FILE));
  expect(new Set(Object.values(tensors).map(({ dtype }) => dtype))).toEqual(new Set(['F16']));
  expect(metadata).toEqual({
    made_by: expect.stringContaining('tools/distill'),
    teacher: expect.stringContaining('tf_efficientnetv2_b0'),
    pictures: expect.stringMatching(/photographs.*synthetic/),
    steps: expect.stringMatching(/^\d+ of \d+, batch/),
    seed: expect.stringMatching(/^\d+$/),
    loss: expect.stringMatching(/\d\.\d+/),
  });
});

test('features are finite, of an even scale, and differ from picture to picture', async () => {
  const backbone = createBackbone('uniad_tiny', { stages: [1, 2, 3, 4], weights: await loadWeights('uniad_tiny') });
  tf.tidy(() => {
    for (const map of backbone.forward(pictures(2))) {
      const [first, second] = tf.unstack(map) as [tf.Tensor3D, tf.Tensor3D];
      const scale = tf.sqrt(tf.mean(tf.square(map))).dataSync()[0]!;
      expect(scale).toBeGreaterThan(0.1);
      expect(scale).toBeLessThan(10);
      expect(tf.sqrt(tf.mean(tf.squaredDifference(first, second))).dataSync()[0]).toBeGreaterThan(0.1 * scale);
      expect(tf.all(tf.isFinite(map)).dataSync()[0]).toBe(1);
    }
  });
  backbone.dispose();
});

test('gives what the network gave while its batch norms stood apart', async () => {
  const weights = await loadWeights('uniad_tiny');
  const backbone = createBackbone('uniad_tiny', { stages: [1, 2, 3, 4], weights });
  tf.tidy(() => {
    const images = pictures(1);
    const folded = backbone.forward(images);
    unfolded(weights, images).forEach((expected, i) => {
      const worst = tf.max(tf.abs(tf.sub(folded[i]!, expected))).dataSync()[0]!;
      const scale = tf.sqrt(tf.mean(tf.square(expected))).dataSync()[0]!;
      expect(worst).toBeLessThan(1e-4 * scale);
    });
  });
  backbone.dispose();
});
