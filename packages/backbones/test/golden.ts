import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import type { NamedTensor, StateDict } from '@uniad/nn';
import { networks } from '../src/architectures.js';
import type { BackboneName } from '../src/architectures.js';
import { convolutionParameters } from '../src/networks/convolution.js';
import { convolutionsUpTo } from '../src/parameters.js';

/** What the golden files say of a tensor in PyTorch's order (NCHW). */
export interface Summary {
  readonly shape: readonly [number, number, number, number];
  readonly mean: number;
  readonly std: number;
  readonly l2: number;
  readonly index: readonly number[];
  readonly value: readonly number[];
}

export function readFixture<T>(name: string): T {
  return JSON.parse(readFileSync(resolve(__dirname, 'fixtures', name), 'utf8')) as T;
}

/** Jest looks globals up slowly; 20 million times is too often. */
const { imul } = Math;

/** mulberry32 in [-1, 1), seeded with the FNV-1a hash of the name: the generator of the golden files. */
export function goldenUniform(name: string, size: number): Float64Array {
  let state = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(name)) state = imul(state ^ byte, 0x01000193);
  const values = new Float64Array(size);
  for (let i = 0; i < size; i++) {
    state = (state + 0x6d2b79f5) | 0;
    let t = imul(state ^ (state >>> 15), state | 1);
    t ^= t + imul(t ^ (t >>> 7), t | 61);
    values[i] = (((t ^ (t >>> 14)) >>> 0) / 4294967296) * 2 - 1;
  }
  return values;
}

/** A parameter of the golden networks. */
export function goldenParameter(prefix: string, name: string, shape: readonly number[]): NamedTensor {
  const size = shape.reduce((product, side) => product * side, 1);
  const u = goldenUniform(`${prefix}/${name}`, size);
  const bound = Math.sqrt((3 * shape[0]!) / size);
  const value = name.endsWith('running_var')
    ? (x: number) => 1 + 0.25 * (x + 1)
    : name.endsWith('running_mean') || (shape.length === 1 && !name.endsWith('weight'))
      ? (x: number) => 0.1 * x
      : shape.length === 1
        ? (x: number) => 1 + 0.1 * x
        : (x: number) => x * bound;
  const data = new Float32Array(size);
  for (let i = 0; i < size; i++) data[i] = value(u[i]!);
  return { shape, data };
}

/** Every parameter of a backbone's stages under the customary names. */
export function goldenWeights(name: BackboneName): StateDict {
  const [network] = networks(name);
  const parameters = convolutionsUpTo(network, network.stages.length).flatMap(convolutionParameters);
  return goldenState(
    name,
    parameters.map((parameter) => [parameter.name, parameter.shape]),
  );
}

export function goldenState(
  prefix: string,
  parameters: readonly (readonly [name: string, shape: readonly number[]])[],
): StateDict {
  return Object.fromEntries(parameters.map(([name, shape]) => [name, goldenParameter(prefix, name, shape)]));
}

/** Generated pictures `[batch, size, size, 3]`. */
export function goldenImages(batch: number, size: number): tf.Tensor4D {
  const shape = [batch, 3, size, size] as const;
  const values = goldenUniform('input', batch * 3 * size * size).map((u) => u * 1.5);
  return tf.tensor4d(channelsLast(values, shape), [batch, size, size, 3]);
}

/** `values` laid out [batch, channels, height, width] as [batch, height, width, channels]. */
export function channelsLast(
  values: ArrayLike<number>,
  [batch, channels, height, width]: Summary['shape'],
): Float32Array {
  const out = new Float32Array(values.length);
  const area = height * width;
  for (let b = 0, read = 0; b < batch; b++) {
    for (let c = 0; c < channels; c++) {
      for (let cell = 0; cell < area; cell++, read++) out[(b * area + cell) * channels + c] = values[read]!;
    }
  }
  return out;
}

/** Largest deviation of a map [batch, height, width, channels] from a summary, relative to the size of its values. */
export function deviation(map: tf.Tensor4D, { shape, mean, std, l2, index, value }: Summary): number {
  const [batch, channels, height, width] = shape;
  expect(map.shape).toEqual([batch, height, width, channels]);
  const data = map.dataSync<'float32'>();
  const area = height * width;
  const average = data.reduce((sum, x) => sum + x, 0) / data.length;
  const square = data.reduce((sum, x) => sum + x * x, 0);
  const scale = l2 / Math.sqrt(data.length);
  const errors = index.map((i, j) => {
    const cell = i % area;
    const channel = Math.floor(i / area) % channels;
    const b = Math.floor(i / (area * channels));
    return Math.abs(data[(b * area + cell) * channels + channel]! - value[j]!);
  });
  const spread = Math.sqrt(Math.max(square / data.length - average ** 2, 0));
  return (
    Math.max(
      ...errors,
      Math.abs(average - mean),
      Math.abs(spread - std),
      Math.abs(Math.sqrt(square) - l2) / Math.sqrt(data.length),
    ) / scale
  );
}
