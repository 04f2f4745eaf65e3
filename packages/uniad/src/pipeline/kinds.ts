import * as tf from '@tensorflow/tfjs';

/** A kind of part that a model has learned: how its pictures look, and what good ones score. */
export interface Kind {
  readonly name: string;
  /** Mean of its good pictures' descriptors, `[channels]`. */
  readonly center: Float32Array;
  /** Their deviation, `[channels]`. */
  readonly deviation: Float32Array;
  /** Distance of the farthest of them from the mean of the others, about, in deviations. */
  readonly reach: number;
  /** Score of a typical good picture. */
  readonly typical: number;
  /** From which score on a picture of it is called anomalous; above `typical`. */
  readonly threshold: number;
  /** Where that came from, in words, for people. */
  readonly source: string;
}

/** A picture this many times farther from a kind than any it was learned from is unlike it. */
const UNLIKE = 1.5;

/** Keeps a channel that hardly varies from deciding alone: added to each deviation, as a share of their mean. */
const FLOOR = 0.1;

/** Pictures that all kinds' variance counts against a kind's own: with few of its own, the others' stands in. */
const BORROWED = 5;

/**
 * What tells kinds of parts apart, whatever their defects: the mean of each channel over a picture's tokens. (Their deviation
 * would tell defects as well: a scratched part would be unlike anything learned.)
 *
 * @param features `[batch, rows, columns, channels]`
 * @returns `[batch, channels]`
 */
export function describeFeatures(features: tf.Tensor4D): tf.Tensor2D {
  return tf.mean(features, [1, 2]);
}

/** {@link describeFeatures} of one picture's features `[rows, columns, channels]`, outside of a graph. */
export function descriptorOf(features: Float32Array, channels: number): Float32Array {
  const sums = new Float64Array(channels);
  features.forEach((value, i) => (sums[i % channels]! += value));
  const tokens = features.length / channels;
  return Float32Array.from(sums, (sum) => sum / tokens);
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
  const freedom = Math.max(
    measured.reduce((sum, { own }) => sum + own.length - 1, 0),
    1,
  );
  const pooled = Float64Array.from({ length }, (_, i) => {
    return measured.reduce((sum, { squares }) => sum + squares[i]!, 0) / freedom;
  });
  const floor = (FLOOR * pooled.reduce((sum, variance) => sum + Math.sqrt(variance), 0)) / length;
  return measured.map(({ name, own, center, squares }) => {
    const deviation = Float32Array.from(squares, (ofKind, i) => {
      const moderated = (ofKind + BORROWED * pooled[i]!) / (own.length - 1 + BORROWED);
      // Never 0, where all pictures are the same.
      return Math.sqrt(moderated) + floor + 1e-6 + 1e-3 * Math.abs(center[i]!);
    });
    const farthest = own.reduce((most, one) => Math.max(most, distanceTo(one, { center, deviation })), 0);
    // They are nearer to their own mean than new ones will be, which matters where they are few.
    const reach = farthest * Math.sqrt((own.length + 1) / Math.max(own.length - 1, 1));
    return { name, center, deviation, reach };
  });
}

/** Mean, and sum of the squared differences from it, of each channel. */
function moments(descriptors: readonly Float32Array[]): { center: Float32Array; squares: Float64Array } {
  const length = descriptors[0]!.length;
  const sum = (valueOf: (descriptor: Float32Array, i: number) => number) =>
    Float64Array.from({ length }, (_, i) => {
      return descriptors.reduce((total, descriptor) => total + valueOf(descriptor, i), 0);
    });
  const center = Float32Array.from(sum((descriptor, i) => descriptor[i]! / descriptors.length));
  return { center, squares: sum((descriptor, i) => (descriptor[i]! - center[i]!) ** 2) };
}

/** In deviations, about 1 for the kind's own pictures. */
export function distanceTo(
  descriptor: Float32Array,
  { center, deviation }: Pick<Kind, 'center' | 'deviation'>,
): number {
  let squares = 0;
  for (let i = 0; i < descriptor.length; i++) squares += ((descriptor[i]! - center[i]!) / deviation[i]!) ** 2;
  return Math.sqrt(squares / descriptor.length);
}

/** The kind that a picture looks like most, and whether it looks like that at all. */
export interface Likeness<Known extends Look = Kind> {
  readonly kind: Known;
  /** In deviations of its good pictures, about 1 for one of them. */
  readonly distance: number;
  readonly unlike: boolean;
}

/** @returns undefined where there are no kinds */
export function mostLike<Known extends Look>(
  descriptor: Float32Array,
  kinds: readonly Known[],
): Likeness<Known> | undefined {
  const all = kinds.map((kind) => ({ kind, distance: distanceTo(descriptor, kind) }));
  const [first, ...others] = all;
  if (!first) return undefined;
  const nearest = others.reduce((best, one) => (one.distance < best.distance ? one : best), first);
  return { ...nearest, unlike: nearest.distance > UNLIKE * Math.max(1, nearest.kind.reach) };
}

/** Names of the kinds found in a category that is all there is: its own, or where there are several, numbered. */
export function kindNames(category: string, count: number): string[] {
  return count === 1 ? [category] : Array.from({ length: count }, (_, i) => `${category} ${i + 1}`);
}

/** The kinds that a category's pictures may be known by: its own, or those that {@link kindNames} numbered. */
export function kindsOf(category: string, kinds: readonly Kind[]): readonly Kind[] {
  const own = kinds.find(({ name }) => name === category);
  if (own) return [own];
  const numbered = new Set(kindNames(category, Math.max(2, kinds.length)));
  return kinds.filter(({ name }) => numbered.has(name));
}

/** From a typical good picture's score to the threshold: above 0, even where one set by hand is below what is typical. */
export function spreadOf({ typical, threshold }: Pick<Kind, 'typical' | 'threshold'>): number {
  return Math.max(threshold - typical, 1e-9 + 1e-6 * Math.abs(threshold));
}

/**
 * A score that means the same for every kind: 0.5 at the threshold, 0.25 for a typical good picture, towards 1 beyond, and
 * rising with the score everywhere.
 */
export function normalizeScore(score: number, kind: Pick<Kind, 'typical' | 'threshold'>): number {
  const beyond = (score - kind.threshold) / spreadOf(kind);
  return 0.5 + (0.5 * beyond) / (1 + Math.abs(beyond));
}
