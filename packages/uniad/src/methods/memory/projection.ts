import * as tf from '@tensorflow/tfjs';
import type { Generator } from '@uniad/nn';

/** Channels that keep all squared distances among so many points within 1 ± epsilon (Dasgupta and Gupta 2003). */
export function projectedChannels(points: number, epsilon: number): number {
  return Math.floor((4 * Math.log(points)) / (epsilon ** 2 / 2 - epsilon ** 3 / 3));
}

/**
 * A very sparse random projection (Li, Hastie and Church 2006): of each column one in √channels is not 0.
 *
 * @returns `[channels, projected]`
 */
export function sparseProjection(channels: number, projected: number, generator: Generator): tf.Tensor2D {
  const density = 1 / Math.sqrt(channels);
  const size = 1 / Math.sqrt(density * projected);
  const values = Float32Array.from({ length: channels * projected }, () => {
    const draw = generator.uniform();
    if (draw >= density) return 0;
    return draw < density / 2 ? size : -size;
  });
  return tf.tensor2d(values, [channels, projected]);
}
