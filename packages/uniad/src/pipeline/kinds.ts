import * as tf from '@tensorflow/tfjs';

/** A kind of part that a model has learned: how its pictures look, and what good ones score. */
export interface Kind {
  readonly name: string;
  /** Mean of its good pictures' descriptors, `[2 * channels]`. */
  readonly center: Float32Array;
  /** Their deviation, `[2 * channels]`. */
  readonly deviation: Float32Array;
  /** Distance of the farthest of them, in deviations. */
  readonly reach: number;
  /** Score of a typical good picture. */
  readonly typical: number;
  /** From which score on a picture of it is called anomalous; above `typical`. */
  readonly threshold: number;
  /** Where that came from, in words, for people. */
  readonly source: string;
}

/** A picture this many times farther from a kind than any it was learned from is unlike it. */
const UNLIKE = 3;

/** Keeps a channel that hardly varies from deciding alone: added to each deviation, as a share of their mean. */
const FLOOR = 0.1;

/** Pictures that a kind's own variance counts against its neighbors': with few of its own, the others' stands in. */
const BORROWED = 5;

/**
 * What tells kinds of parts apart, whatever their defects: mean and deviation of each channel over a picture's tokens.
 *
 * @param features `[batch, rows, columns, channels]`
 * @returns `[batch, 2 * channels]`
 */
export function describe(features: tf.Tensor4D): tf.Tensor2D {
  return tf.tidy(() => {
    const { mean, variance } = tf.moments(features, [1, 2]);
    return tf.concat([mean, tf.sqrt(variance)], 1) as tf.Tensor2D;
  });
}

/** {@link describe} of one picture's features `[rows, columns, channels]`, outside of a graph. */
export function descriptorOf(features: Float32Array, channels: number): Float32Array {
  const descriptor = new Float32Array(2 * channels);
  const tokens = features.length / channels;
  for (let channel = 0; channel < channels; channel++) {
    let [sum, squares] = [0, 0];
    for (let i = channel; i < features.length; i += channels) sum += features[i]!;
    const mean = sum / tokens;
    for (let i = channel; i < features.length; i += channels) squares += (features[i]! - mean) ** 2;
    descriptor[channel] = mean;
    descriptor[channels + channel] = Math.sqrt(squares / tokens);
  }
  return descriptor;
}

/** How the pictures of a kind look: {@link Kind}, but for its scores. */
export type Look = Pick<Kind, 'name' | 'center' | 'deviation' | 'reach'>;

/**
 * How kinds look, from descriptors of their good pictures.
 *
 * @param descriptors by the kind's name, at least one each
 */
export function measureLooks(descriptors: ReadonlyMap<string, readonly Float32Array[]>): Look[] {
  const measured = Array.from(descriptors, ([name, own]) => ({ name, own, ...moments(own) }));
  const length = measured[0]?.center.length ?? 0;
  const total = measured.reduce((sum, { own }) => sum + own.length, 0);
  const pooled = Float64Array.from({ length }, (_, i) => {
    return measured.reduce((sum, { own, variance }) => sum + own.length * variance[i]!, 0) / total;
  });
  const floor = (FLOOR * pooled.reduce((sum, variance) => sum + Math.sqrt(variance), 0)) / length;
  return measured.map(({ name, own, center, variance }) => {
    const deviation = Float32Array.from(variance, (one, i) => {
      const moderated = (own.length * one + BORROWED * pooled[i]!) / (own.length + BORROWED);
      // Never 0, where all pictures are the same.
      return Math.sqrt(moderated) + floor + 1e-6 + 1e-3 * Math.abs(center[i]!);
    });
    const reach = Math.max(...own.map((descriptor) => distanceTo(descriptor, { center, deviation })));
    return { name, center, deviation, reach };
  });
}

function moments(descriptors: readonly Float32Array[]): { center: Float32Array; variance: Float64Array } {
  const length = descriptors[0]!.length;
  const over = (valueOf: (descriptor: Float32Array, i: number) => number) =>
    Float64Array.from({ length }, (_, i) => {
      return descriptors.reduce((sum, descriptor) => sum + valueOf(descriptor, i), 0) / descriptors.length;
    });
  const center = Float32Array.from(over((descriptor, i) => descriptor[i]!));
  return { center, variance: over((descriptor, i) => (descriptor[i]! - center[i]!) ** 2) };
}

/** In deviations, about 1 for the kind's own pictures. */
function distanceTo(descriptor: Float32Array, { center, deviation }: Pick<Kind, 'center' | 'deviation'>): number {
  let squares = 0;
  for (let i = 0; i < descriptor.length; i++) squares += ((descriptor[i]! - center[i]!) / deviation[i]!) ** 2;
  return Math.sqrt(squares / descriptor.length);
}

/** The kind that a picture looks like most, and whether it looks like that at all. */
export interface Likeness<Any extends Look = Kind> {
  readonly kind: Any;
  /** In deviations of its good pictures, about 1 for one of them. */
  readonly distance: number;
  readonly unlike: boolean;
}

/** @returns undefined where there are no kinds */
export function mostLike<Any extends Look>(descriptor: Float32Array, kinds: readonly Any[]): Likeness<Any> | undefined {
  const all = kinds.map((kind) => ({ kind, distance: distanceTo(descriptor, kind) }));
  const [first, ...others] = all;
  if (!first) return undefined;
  const nearest = others.reduce((best, one) => (one.distance < best.distance ? one : best), first);
  return { ...nearest, unlike: nearest.distance > UNLIKE * Math.max(1, nearest.kind.reach) };
}

/**
 * A score that means the same for every kind: 0.5 at the threshold, 0.25 for a typical good picture, towards 1 beyond, and
 * rising with the score everywhere.
 */
export function normalizeScore(score: number, { typical, threshold }: Pick<Kind, 'typical' | 'threshold'>): number {
  // Where every good picture scores the same.
  const least = 1e-9 + 1e-6 * Math.abs(threshold);
  const beyond = (score - threshold) / Math.max(threshold - typical, least);
  return 0.5 + (0.5 * beyond) / (1 + Math.abs(beyond));
}
