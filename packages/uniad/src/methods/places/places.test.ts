import * as tf from '@tensorflow/tfjs';
import { Generator } from '@uniad/nn';
import { runEagerly } from '../../device/device.js';
import { cholesky, inverseOfLower } from '../cholesky.js';
import { measurePlaces } from './measure-places.js';
import { placeDistances } from './place-distances.js';
import { measureSubspace } from './subspace.js';

const CHANNELS = 6;

const normal = (count: number, seed: number) => new Generator(seed).fillNormal(new Float32Array(count), 0, 1);

/** |x|² less what the basis forgives. */
function squaredDistance(x: readonly number[], basis: Float64Array, rank: number): number {
  let rest = x.reduce((sum, value) => sum + value ** 2, 0);
  for (let j = 0; j < rank; j++) rest -= x.reduce((sum, value, c) => sum + value * basis[c * rank + j]!, 0) ** 2;
  return rest;
}

function meanOf(tokens: Float64Array): number[] {
  const count = tokens.length / CHANNELS;
  return Array.from({ length: CHANNELS }, (_, c) => {
    return tokens.reduce((sum, value, i) => (i % CHANNELS === c ? sum + value / count : sum), 0);
  });
}

/** By the whole covariance, shrunk, and 1: the squared Mahalanobis distance of x from the mean. */
function slowDistance(x: readonly number[], tokens: Float64Array): number {
  const count = tokens.length / CHANNELS;
  const mean = meanOf(tokens);
  const kept = count / (count + CHANNELS);
  const covariance = Float64Array.from({ length: CHANNELS ** 2 }, (_, at) => {
    const [i, j] = [Math.floor(at / CHANNELS), at % CHANNELS];
    let sum = 0;
    for (let t = 0; t < count; t++)
      sum += (tokens[t * CHANNELS + i]! - mean[i]!) * (tokens[t * CHANNELS + j]! - mean[j]!);
    return (kept * sum) / count + Number(i === j);
  });
  const inverse = inverseOfLower(cholesky(covariance, CHANNELS), CHANNELS);
  return Array.from({ length: CHANNELS }, (_, i) => {
    return x.reduce((sum, value, c) => sum + inverse[i * CHANNELS + c]! * value, 0) ** 2;
  }).reduce((sum, square) => sum + square, 0);
}

describe('measureSubspace', () => {
  test('with all directions kept, is the Mahalanobis distance of the shrunk covariance and 1', () => {
    const tokens = Float64Array.from(normal(9 * CHANNELS, 1));
    const { mean, basis } = measureSubspace(tokens, CHANNELS, CHANNELS, new Generator(0));
    meanOf(tokens).forEach((value, c) => expect(mean[c]).toBeCloseTo(value, 12));
    const x = [0.3, -1, 2, 0.7, 0, -0.4];
    expect(squaredDistance(x, basis, CHANNELS)).toBeCloseTo(slowDistance(x, tokens), 6);
  });

  test('forgives the direction of most variance, and no other', () => {
    const along = [0.6, 0, 0.8, 0, 0, 0];
    const steps = normal(400, 2);
    const noise = normal(400 * CHANNELS, 3);
    const tokens = Float64Array.from(
      noise,
      (value, i) => 0.1 * value + 9 * steps[Math.floor(i / CHANNELS)]! * along[i % CHANNELS]!,
    );
    const { basis } = measureSubspace(tokens, CHANNELS, 1, new Generator(0));
    expect(squaredDistance(along, basis, 1)).toBeCloseTo(slowDistance(along, tokens), 3);
    expect(squaredDistance([0, 1, 0, 0, 0, 0], basis, 1)).toBeCloseTo(1, 2);
  });

  test.each([1, 3])('of %d tokens, fewer than directions, is the same', (count) => {
    const tokens = Float64Array.from(normal(count * CHANNELS, 4));
    const { basis } = measureSubspace(tokens, CHANNELS, 5, new Generator(0));
    const x = [1, 2, 0, -1, 0.5, 1];
    expect(squaredDistance(x, basis, 5)).toBeCloseTo(slowDistance(x, tokens), 6);
  });
});

test('a picture is measured against the kind that it fits, whatever the order of the pictures learned', async () => {
  await tf.setBackend('cpu');
  const pictures = [5, -5, 5, -5, 5].map((shift, i) =>
    normal(2 * CHANNELS, 10 + i).map((value) => 0.2 * value + shift),
  );
  const source = {
    length: pictures.length,
    shape: [1, 2, CHANNELS] as const,
    kinds: ['a', 'b', 'a', 'b', 'a'],
    read: async (index: number) => pictures[index]!,
  };
  const options = {
    rank: 2,
    generator: new Generator(0),
    compile: runEagerly,
    prepare: (x: tf.Tensor2D) => tf.clone(x),
  };
  const { spread, mean, basis } = await measurePlaces(source, options);
  expect(spread!.shape).toEqual([2, CHANNELS, CHANNELS]);
  expect(mean!.shape).toEqual([2, 2, CHANNELS]);
  expect(basis!.shape).toEqual([2, 2, CHANNELS, 2]);
  const before = tf.memory().numTensors;
  const tensors = {
    spread: tf.tensor3d(spread!.data, [2, CHANNELS, CHANNELS]),
    mean: tf.tensor3d(mean!.data, [2, 2, CHANNELS]),
    basis: tf.tensor4d(basis!.data, [2, 2, CHANNELS, 2]),
  };
  const tokens = tf.tensor3d(
    [...pictures[0]!, ...pictures[1]!, ...pictures[0]!.map((value) => value + 3)],
    [3, 2, CHANNELS],
  );
  const { distance, kind } = placeDistances(tokens, tensors);
  expect(Array.from(kind.dataSync())).toEqual([0, 1, 0]);
  const [a, b, off] = distance.arraySync() as [number[], number[], number[]];
  expect(Math.max(...a, ...b)).toBeLessThan(2);
  expect(Math.min(...off)).toBeGreaterThan(4);
  tf.dispose([tensors, tokens, distance, kind]);
  expect(tf.memory().numTensors).toBe(before);

  // Few places at a time: the same.
  const inParts = await measurePlaces(source, { ...options, generator: new Generator(0), mostHeld: 1 });
  const atOnce = await measurePlaces(source, { ...options, generator: new Generator(0) });
  expect(inParts).toEqual(atOnce);

  // Taken for one kind, what is between the two is no farther than they are.
  const { kinds: _, ...unlabelled } = source;
  expect((await measurePlaces(unlabelled, options)).mean!.shape).toEqual([1, 2, CHANNELS]);
});

test('with all directions kept, it is the Mahalanobis distance of a covariance that leans on the other places', async () => {
  await tf.setBackend('cpu');
  const [pictures, places] = [7, 3];
  const shapes = normal(CHANNELS ** 2, 40); // Of the common spread.
  const values = Array.from({ length: pictures }, (_, i) => {
    const noise = normal(places * CHANNELS, 50 + i);
    return noise.map((_, at) => {
      const [place, c] = [Math.floor(at / CHANNELS), at % CHANNELS];
      let sum = place;
      for (let k = 0; k < CHANNELS; k++) sum += shapes[c * CHANNELS + k]! * noise[place * CHANNELS + k]!;
      return sum;
    });
  });
  const source = { length: pictures, shape: [1, places, CHANNELS] as const, read: async (i: number) => values[i]! };
  const known = await measurePlaces(source, {
    rank: CHANNELS,
    generator: new Generator(0),
    compile: runEagerly,
    prepare: (x) => tf.clone(x),
  });
  const tokens = normal(places * CHANNELS, 90);
  const received = placeDistances(tf.tensor3d(tokens, [1, places, CHANNELS]), {
    spread: tf.tensor3d(known.spread!.data, [1, CHANNELS, CHANNELS]),
    mean: tf.tensor3d(known.mean!.data, [1, places, CHANNELS]),
    basis: tf.tensor4d(known.basis!.data, [1, places, CHANNELS, CHANNELS]),
  }).distance.dataSync();

  const mean = Float64Array.from({ length: places * CHANNELS }, (_, at) => {
    return values.reduce((sum, picture) => sum + picture[at]!, 0) / pictures;
  });
  const covarianceOf = (place: number) =>
    Float64Array.from({ length: CHANNELS ** 2 }, (_, at) => {
      const [i, j] = [Math.floor(at / CHANNELS), at % CHANNELS].map((c) => place * CHANNELS + c) as [number, number];
      return values.reduce((sum, x) => sum + (x[i]! - mean[i]!) * (x[j]! - mean[j]!), 0) / pictures;
    });
  const own = Array.from({ length: places }, (_, place) => covarianceOf(place));
  const trust = pictures / (pictures + CHANNELS);
  for (let place = 0; place < places; place++) {
    const covariance = own[place]!.map((value, at) => {
      const common = own.reduce((sum, of) => sum + of[at]!, 0) / places;
      return trust * value + (1 - trust) * common + (at % (CHANNELS + 1) === 0 ? 0.05 : 0);
    });
    const inverse = inverseOfLower(cholesky(covariance, CHANNELS), CHANNELS);
    let expected = 0;
    for (let i = 0; i < CHANNELS; i++) {
      let sum = 0;
      for (let c = 0; c < CHANNELS; c++) {
        const at = place * CHANNELS + c;
        sum += inverse[i * CHANNELS + c]! * (tokens[at]! - mean[at]!);
      }
      expected += sum ** 2;
    }
    expect(received[place]! / Math.sqrt(expected)).toBeCloseTo(1, 3);
  }
});
