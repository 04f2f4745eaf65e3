import * as tf from '@tensorflow/tfjs';
import { compile } from '../src/index.js';
import { random } from './random.js';
import type { Random } from './random.js';

export type Kind = 'normal' | 'positive' | 'distinct' | 'special' | 'index' | 'flag';

export interface Sample {
  readonly shape: readonly number[];
  readonly kind?: Kind;
  /** For indices: all are below this. */
  readonly below?: number;
}

/** One use of tfjs on which `onnxruntime`, eager and compiled, must agree with `cpu`, its gradients too. */
export interface Case {
  /** The kernel that this is about. */
  readonly kernel: string;
  readonly inputs: readonly Sample[];
  readonly run: (...inputs: tf.Tensor[]) => tf.Tensor | tf.Tensor[];
  /** Whether there are none: integers, or no gradient in tfjs. */
  readonly noGradients?: boolean;
  readonly tolerance?: number;
}

const SPECIAL = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, -0, 1e-30, -1e30];

function element(kind: Kind, source: Random, index: number, below: number): number {
  switch (kind) {
    case 'positive':
      return 0.2 + 2 * source.uniform();
    case 'distinct':
      return ((index * 7919) % 104729) / 1000 - 50;
    case 'special':
      return source.uniform() < 0.4 ? (SPECIAL[source.integer(SPECIAL.length)] ?? 0) : 4 * source.uniform() - 2;
    case 'index':
      return source.integer(below);
    case 'flag':
      return source.integer(2);
    default:
      return 4 * source.uniform() - 2;
  }
}

function tensors(samples: readonly Sample[]): tf.Tensor[] {
  const source = random(7);
  return samples.map(({ shape, kind = 'normal', below = 1 }) => {
    const values = Array.from({ length: tf.util.sizeFromShape([...shape]) }, (_, index) =>
      element(kind, source, index, below),
    );
    return tf.tensor(values, [...shape], kind === 'index' ? 'int32' : kind === 'flag' ? 'bool' : 'float32');
  });
}

/** The outputs, and the gradients of a weighted sum of them. */
function withGradients({ run, noGradients }: Case, inputs: tf.Tensor[]): tf.Tensor[] {
  const outputs = [run(...inputs)].flat();
  if (noGradients) return outputs;
  const floats = inputs.filter(({ dtype }) => dtype === 'float32');
  const loss = (...differentiable: tf.Tensor[]): tf.Scalar => {
    const rest = [...differentiable];
    const results = [
      run(...inputs.map((tensor) => (tensor.dtype === 'float32' ? (rest.shift() ?? tensor) : tensor))),
    ].flat();
    return results
      .map((result) => tf.sum(tf.mul(result, weights(result.shape))))
      .reduce((a, b) => tf.add(a, b)) as tf.Scalar;
  };
  return [...outputs, ...tf.grads(loss)(floats)];
}

function weights(shape: number[]): tf.Tensor {
  return tf.tensor(
    Array.from({ length: tf.util.sizeFromShape(shape) }, (_, index) => Math.cos(index)),
    shape,
  );
}

interface Result {
  readonly shape: number[];
  readonly dtype: string;
  readonly values: number[];
}

async function on(backend: string, make: () => tf.Tensor[]): Promise<Result[]> {
  await tf.setBackend(backend);
  const results = tf.tidy(() =>
    make().map((tensor) => ({ shape: tensor.shape, dtype: tensor.dtype, values: Array.from(tensor.dataSync()) })),
  );
  return results;
}

export async function expectAgreement(sample: Case): Promise<void> {
  const { kernel, inputs, tolerance = 1e-5 } = sample;
  const expected = await on('cpu', () => withGradients(sample, tensors(inputs)));
  const eager = await on('onnxruntime', () => withGradients(sample, tensors(inputs)));
  const compiled = compile((...values: tf.Tensor[]) => withGradients(sample, values));
  try {
    const fromGraph = await on('onnxruntime', () => compiled(...tensors(inputs)));
    expectClose(`${kernel}, eager`, eager, expected, tolerance);
    expectClose(`${kernel}, compiled`, fromGraph, expected, tolerance);
  } finally {
    compiled.dispose();
  }
}

function expectClose(what: string, actual: readonly Result[], expected: readonly Result[], tolerance: number): void {
  const types = (results: readonly Result[]): string[] =>
    results.map(({ shape, dtype }) => `${dtype}[${shape.join()}]`);
  expect([what, ...types(actual)]).toEqual([what, ...types(expected)]);
  expected.forEach(({ values }, output) => {
    values.forEach((value, index) => {
      const other = actual[output]?.values[index] ?? Number.NaN;
      const same =
        Object.is(value, other) ||
        value === other ||
        Math.abs(value - other) <= tolerance * Math.max(1, Math.abs(value));
      if (!same)
        throw new Error(`${what}: expected ${value} for element ${index} of result ${output} but received ${other}`);
    });
  });
}

/** The kernels that tfjs calls for a case, gradients included. */
export async function kernelsOf(sample: Case): Promise<string[]> {
  await tf.setBackend('cpu');
  const inputs = tensors(sample.inputs);
  const { kernelNames } = await tf.profile(() => tf.tidy(() => withGradients(sample, inputs).length));
  tf.dispose(inputs);
  return kernelNames;
}
