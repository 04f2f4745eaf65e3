import * as tf from '@tensorflow/tfjs';
import type { Backbone } from '@uniad/backbones';
import type { Picture } from '@uniad/datasets';
import type { StateDict } from '@uniad/nn';
import { compile } from '@uniad/tfjs-onnxruntime';
import { toTensor } from './batches.js';

/** Keeps channels that hardly move from being blown up. */
const EPSILON = 1e-6;

/** Mean and deviation of each channel of the teacher over all cells of all pictures: `mean.N` and `deviation.N` for stage N. */
export function featureStatistics(
  teacher: Backbone,
  pictures: readonly Picture[],
  { size, batch }: { readonly size: number; readonly batch: number },
): StateDict {
  const moments = compile((images: tf.Tensor4D) =>
    teacher.forward(images).flatMap((map) => [tf.mean(map, [0, 1, 2]), tf.mean(tf.square(map), [0, 1, 2])]),
  );
  const sums = teacher.stages.flatMap(({ channels }) => [new Float64Array(channels), new Float64Array(channels)]);
  // Whole batches only: every one weighs the same.
  const batches = Math.floor(pictures.length / batch);
  for (let i = 0; i < batches; i++) {
    const images = toTensor(pictures.slice(i * batch, (i + 1) * batch), size);
    const results = moments(images);
    results.forEach((result, j) =>
      result.dataSync().forEach((value, channel) => (sums[j]![channel]! += value / batches)),
    );
    tf.dispose([images, results]);
  }
  moments.dispose();
  return Object.fromEntries(
    teacher.stages.flatMap(({ stage, channels }, i) => {
      const mean = sums[2 * i]!;
      const square = sums[2 * i + 1]!;
      const deviation = mean.map((value, channel) =>
        Math.sqrt(Math.max(square[channel]! - value * value, 0) + EPSILON),
      );
      return [
        [`mean.${stage}`, { shape: [channels], data: Float32Array.from(mean) }],
        [`deviation.${stage}`, { shape: [channels], data: Float32Array.from(deviation) }],
      ];
    }),
  );
}
