import * as tf from '@tensorflow/tfjs';
import { Generator } from '@uniad/nn';
import type { Compile } from '../device/device.js';
import type { Size } from '../methods/shared-config.js';
import { TrainingStep } from '../training/training-step.js';
import { FeatureRenderer } from './feature-renderer.js';

/** A picture to learn from. */
export interface RenderingSample {
  /** `[rows, columns, channels]`. */
  readonly features: () => Promise<Float32Array>;
  /** `[height, width, 3]`, values from 0 to 1. */
  readonly colours: () => Promise<Float32Array>;
}

export interface RendererOptions {
  readonly featureShape: readonly [rows: number, columns: number, channels: number];
  readonly size: Size;
  /** Of every layer, relative to ResNet-34. */
  readonly width: number;
  readonly epochs: number;
  readonly batchSize: number;
  readonly seed: number;
  readonly onStep?: (progress: { readonly done: number; readonly total: number; readonly loss: number }) => void;
  readonly signal?: AbortSignal;
}

/** Trains a renderer to draw pictures, good and anomalous, from their features, by the mean squared error of their colours (section B.3). */
export async function trainRenderer(
  samples: readonly RenderingSample[],
  options: RendererOptions,
  compile: Compile,
): Promise<FeatureRenderer> {
  const { featureShape, size, width, epochs, batchSize, seed, onStep, signal } = options;
  const [rows, columns, channels] = featureShape;
  const generator = new Generator(seed);
  const renderer = new FeatureRenderer(channels, width, generator.fork('parameters'));
  const featureCount = rows * columns * channels;
  const [height, wide] = size;
  // One tensor carries both: the features of a picture, then its colours.
  const loss = (both: tf.Tensor4D) =>
    tf.tidy(() => {
      const flat = tf.reshape(both, [both.shape[0], -1]);
      const features = tf.reshape(tf.slice(flat, [0, 0], [-1, featureCount]), [-1, rows, columns, channels]);
      const colours = tf.reshape(tf.slice(flat, [0, featureCount], [-1, -1]), [-1, height, wide, 3]);
      const drawn = renderer.forward(features as tf.Tensor4D, size, true);
      return tf.mean(tf.square(tf.sub(drawn, colours))) as tf.Scalar;
    });
  const step = new TrainingStep(
    renderer.parameters,
    loss,
    { learningRate: 4e-3, weightDecay: 1e-4, clipNorm: 1 },
    compile,
  );
  const total = epochs * Math.floor(samples.length / batchSize);
  let done = 0;
  try {
    for (let epoch = 1; epoch <= epochs; epoch++) {
      const order = generator.fork(`shuffle ${epoch}`).shuffle([...samples]);
      for (let start = 0; start + batchSize <= order.length; start += batchSize) {
        signal?.throwIfAborted();
        const batch = await Promise.all(
          order.slice(start, start + batchSize).map(async ({ features, colours }) => {
            const [f, c] = await Promise.all([features(), colours()]);
            const both = new Float32Array(f.length + c.length);
            both.set(f);
            both.set(c, f.length);
            return both;
          }),
        );
        const input = tf.tidy(() =>
          tf.stack(batch.map((both) => tf.tensor3d(both, [1, 1, both.length]))),
        ) as tf.Tensor4D;
        const result = await step.run(input).finally(() => input.dispose());
        onStep?.({ done: ++done, total, loss: result.loss });
      }
    }
    return renderer;
  } catch (error) {
    renderer.dispose();
    throw error;
  } finally {
    step.dispose();
  }
}
