import * as tf from '@tensorflow/tfjs';
import { Generator } from '@uniad/nn';
import { selectDevice } from '../device/select-device.js';
import { trainRenderer } from './train-renderer.js';

test('learns which picture features come from, and draws it from running statistics too', async () => {
  const { compile } = await selectDevice('onnxruntime');
  const [featureShape, size] = [[2, 2, 6] as const, [32, 32] as const];
  const features = (kind: number) => new Generator(kind).fillNormal(new Float32Array(2 * 2 * 6), 0, 1);
  const colours = (kind: number) => new Float32Array(32 * 32 * 3).fill(kind === 0 ? 0.1 : 0.9);
  const samples = Array.from({ length: 8 }, (_, i) => ({
    features: async () => features(i % 2),
    colours: async () => colours(i % 2),
  }));
  const losses: number[] = [];
  const before = tf.memory().numTensors;
  const onStep = ({ loss }: { loss: number }) => losses.push(loss);
  const options = { featureShape, size, width: 0.1, epochs: 20, batchSize: 4, seed: 0, onStep };
  const renderer = await trainRenderer(samples, options, compile);
  expect(losses).toHaveLength(40);
  expect(losses.at(-1)!).toBeLessThan(0.2 * losses[0]!);
  const input = tf.tidy(() => tf.stack([0, 1].map((kind) => tf.tensor3d(features(kind), [...featureShape]))));
  const drawn = renderer.forward(input as tf.Tensor4D, size, false);
  expect(drawn.shape).toEqual([2, 32, 32, 3]);
  const [dark, bright] = tf.tidy(() => tf.mean(drawn, [1, 2, 3]).dataSync());
  expect(dark).toBeLessThan(0.35);
  expect(bright).toBeGreaterThan(0.65);
  tf.dispose([input, drawn]);
  renderer.dispose();
  expect(tf.memory().numTensors).toBe(before);
});
