import * as tf from '@tensorflow/tfjs';
import { fused, hostValues, layerNorm } from '@uniad/nn';
import type { DeviceKernels } from '@uniad/nn';
import { compile } from '../src/index.js';
import { onnxRuntimeBackend } from '../src/register.js';

beforeAll(() => tf.setBackend('onnxruntime'));

const LAYER_NORM = 'LayerNorm' satisfies keyof DeviceKernels;

/** With the mean and the inverse deviation, which `layerNorm` of nn keeps for its gradient. */
function withStatistics(x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor): tf.Tensor[] {
  return tf.engine().runKernel(LAYER_NORM, { x, gamma, beta }, { epsilon: 1e-5 });
}

/** The definition, from ordinary kernels. */
function composed(x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor): tf.Tensor[] {
  const mean = tf.mean(x, -1, true);
  const centred = tf.sub(x, mean);
  const inverseDeviation = tf.rsqrt(tf.add(tf.mean(tf.square(centred), -1, true), 1e-5));
  return [tf.add(tf.mul(tf.mul(centred, inverseDeviation), gamma), beta), mean, inverseDeviation];
}

it.each([[[3, 8]], [[2, 3, 5]], [[7]]])('LayerNorm of %j equals its definition', (shape) => {
  const channels = shape.at(-1) ?? 1;
  const ramp = (size: number, scale: number): Float32Array =>
    Float32Array.from({ length: size }, (_, index) => Math.sin(index * scale));
  const inputs = [
    tf.tensor(ramp(tf.util.sizeFromShape(shape), 1.7), shape),
    tf.tensor(ramp(channels, 0.3)),
    tf.tensor(ramp(channels, 2.1)),
  ] as const;
  const expected = composed(...inputs);
  const compiled = compile((x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor) => withStatistics(x, gamma, beta));
  for (const actual of [withStatistics(...inputs), compiled(...inputs)]) {
    actual.forEach((tensor, index) => {
      expect(tensor.shape).toEqual(expected[index]?.shape);
      const difference = tf.max(tf.abs(tf.sub(tensor, expected[index] ?? 0))).dataSync()[0];
      expect(difference).toBeLessThan(1e-5);
    });
  }
  compiled.dispose();
});

it('are what nn calls, each by the name that nn gives it', async () => {
  const { kernelNames } = await tf.profile(() =>
    tf.tidy(() => {
      const x = hostValues((values) => values.fill(2), [3], 'float32');
      const [y] = fused('twice', [x], (x) => [tf.add(x, x)]);
      return layerNorm(y!, x, x, 1e-5);
    }),
  );
  const contract: Record<keyof DeviceKernels, true> = { Fused: true, HostValues: true, LayerNorm: true };
  expect(kernelNames).toEqual(expect.arrayContaining(Object.keys(contract)));
});

it('HostValues draws at each call', () => {
  let count = 0;
  const draw = (): number | undefined => hostValues((values) => values.fill(count++), [1], 'float32').dataSync()[0];
  expect([draw(), draw()]).toEqual([0, 1]);
});

describe('Fused', () => {
  let outside: tf.Tensor;
  beforeAll(() => {
    outside = tf.zeros([1]);
  });

  type Fn = (...inputs: tf.Tensor[]) => tf.Tensor[];
  const numbers = (tensors: tf.Tensor[]): number[][] => tensors.map((tensor) => Array.from(tensor.dataSync()));
  const gatedSum: Fn = (a, b, gate: tf.Tensor | undefined) => [
    tf.sum(gate ? tf.mul(tf.add(a, b), tf.cast(gate, 'float32')) : tf.add(a, b)),
    tf.mul(b, 3),
  ];

  it('runs as one session, the same for the same name and shapes', () => {
    const sessions = (): number => onnxRuntimeBackend().eager.size;
    tf.tidy(() => {
      const [a, b, gate] = [tf.tensor1d([1, 2]), tf.tensor1d([10, 20]), tf.tensor1d([0, 1], 'bool')];
      const before = sessions();
      expect(numbers(fused('gated sum', [a, b, gate], gatedSum))).toEqual([[22], [30, 60]]);
      expect(numbers(fused('gated sum', [b, a, gate], gatedSum))).toEqual([[22], [3, 6]]);
      expect(sessions()).toBe(before + 1);
      expect(numbers(fused('gated sum', [a, b, undefined], gatedSum))).toEqual([[33], [30, 60]]);
      expect(sessions()).toBe(before + 2);
    });
  });

  it('gives an input, or an output twice, without a copy', () => {
    const x = tf.tensor1d([1, 2]);
    const [tensors, buffers] = [tf.memory().numTensors, onnxRuntimeBackend().numDataIds()];
    const outputs = fused('itself and its square, twice', [x], (x) => {
      const square = tf.square(x);
      return [x, square, square];
    });
    expect(numbers(outputs)).toEqual([
      [1, 2],
      [1, 4],
      [1, 4],
    ]);
    expect([tf.memory().numTensors, onnxRuntimeBackend().numDataIds()]).toEqual([tensors + 3, buffers + 1]);
    outputs[1]!.dispose();
    expect(numbers([outputs[0]!, outputs[2]!, x])).toEqual([
      [1, 2],
      [1, 4],
      [1, 2],
    ]);
    tf.dispose([x, outputs[0]!, outputs[2]!]);
    expect(onnxRuntimeBackend().numDataIds()).toBe(buffers - 1);
  });

  it.each<[string, Fn]>([
    ['a kernel without a lowering', (x) => [tf.topk(x, 1).values]],
    ['a tensor from outside', (x) => [tf.max(tf.add(x, outside))]],
    ['a value that is read', (x) => [tf.scalar(Math.max(...x.dataSync()))]],
  ])('runs kernel by kernel with %s', (name, fn) => {
    tf.tidy(() => {
      for (const values of [
        [1, 3, 2],
        [5, 4, 0],
      ])
        expect(numbers(fused(name, [tf.tensor1d(values)], fn)).flat()).toEqual([Math.max(...values)]);
    });
  });

  it('draws anew where the function draws at random', () => {
    tf.tidy(() => {
      const draw = (): number =>
        fused('noise', [tf.scalar(1)], (x) => [tf.add(x, tf.randomUniform([]))])[0]!.dataSync()[0]!;
      expect(draw()).not.toBe(draw());
    });
  });

  it('is a part of what compile records', () => {
    const compiled = compile((a: tf.Tensor, b: tf.Tensor) => fused('gated sum', [a, b, undefined], gatedSum));
    expect(numbers(compiled(tf.tensor1d([1, 2]), tf.tensor1d([10, 20])))).toEqual([[33], [30, 60]]);
    compiled.dispose();
  });
});
