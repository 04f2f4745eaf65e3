import * as tf from '@tensorflow/tfjs';
import type { Inspection } from './inspection.js';
import { mostLike, normalizeScore, spreadOf } from './kinds.js';
import type { Kind } from './kinds.js';
import type { TrainedModel } from './model-files.js';

/** What a score means, by the kind that a picture looks like most. */
export function judge(
  score: number,
  descriptor: Float32Array,
  { kinds, threshold: ofAll }: Pick<TrainedModel, 'kinds' | 'threshold'>,
): Omit<Inspection, 'map'> {
  const likeness = mostLike(descriptor, kinds);
  const scale = likeness?.kind ?? { typical: ofAll.mapRange[0], threshold: ofAll.score };
  return {
    score,
    normalizedScore: normalizeScore(score, scale),
    anomalous: score >= scale.threshold,
    threshold: scale.threshold,
    category: likeness && !likeness.unlike ? likeness.kind.name : null,
    categoryDistance: likeness?.distance ?? null,
  };
}

/**
 * The same as a part of a graph, for models that leave this library.
 *
 * @param scores `[batch]`
 * @param descriptors `[batch, channels]`
 * @param kinds at least one
 * @returns `[batch]` each: normalised scores, the nearest kind's index, and how far it is
 */
export function judgeBatch(
  scores: tf.Tensor1D,
  descriptors: tf.Tensor2D,
  kinds: readonly Kind[],
): [normalizedScores: tf.Tensor1D, nearest: tf.Tensor1D, distances: tf.Tensor1D] {
  return tf.tidy(() => {
    const away = kinds.map(({ center, deviation }) => {
      const squares = tf.square(tf.div(tf.sub(descriptors, tf.tensor1d(center)), tf.tensor1d(deviation)));
      return tf.sqrt(tf.mean(squares, 1)); // [batch]
    });
    const distances = tf.stack(away, 1); // [batch, kinds]
    const nearest = tf.argMin(distances, 1) as tf.Tensor1D;
    const ofNearest = (valueOf: (kind: Kind) => number) => tf.gather(tf.tensor1d(kinds.map(valueOf)), nearest);
    const thresholds = ofNearest(({ threshold }) => threshold);
    const beyond = tf.div(tf.sub(scores, thresholds), ofNearest(spreadOf));
    const normalized = tf.add(0.5, tf.div(tf.mul(0.5, beyond), tf.add(1, tf.abs(beyond))));
    return [normalized as tf.Tensor1D, tf.cast(nearest, 'float32'), tf.min(distances, 1) as tf.Tensor1D];
  });
}
