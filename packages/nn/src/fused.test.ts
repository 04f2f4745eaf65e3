import * as tf from '@tensorflow/tfjs';
import { onEveryBackend } from '../test/backends.js';
import { fused } from './fused.js';

const sumAndProduct = (a: tf.Tensor, b: tf.Tensor): tf.Tensor[] => [tf.add(a, b), tf.mul(tf.mul(a, b), 2)];

onEveryBackend(() => {
  test('is the function, tidied', () => {
    const [a, b] = [tf.tensor1d([1, 2]), tf.tensor1d([3, 5])];
    const before = tf.memory().numTensors;
    const outputs = fused('sum and product', [a, b], sumAndProduct);
    expect(outputs.map((output) => Array.from(output.dataSync()))).toEqual([
      [4, 7],
      [6, 20],
    ]);
    expect(tf.memory().numTensors).toBe(before + 2);
    tf.dispose([a, b, ...outputs]);
  });
});

describe('on a backend with a Fused kernel', () => {
  const kernel = jest.fn(({ inputs, attrs }: Parameters<tf.KernelFunc>[0]) => {
    const { fn, arity } = attrs as object as {
      fn: (...tensors: (tf.Tensor | undefined)[]) => tf.Tensor[];
      arity: number;
    };
    return fn(...Array.from({ length: arity }, (_, i) => (inputs as tf.NamedTensorMap)[i]));
  });

  beforeAll(async () => {
    await tf.setBackend('cpu');
    tf.registerKernel({ kernelName: 'Fused', backendName: 'cpu', kernelFunc: kernel as never });
  });
  afterAll(() => tf.unregisterKernel('Fused', 'cpu'));

  test('hands over the inputs that are there, by position', () => {
    const x = tf.tensor1d([4]);
    const outputs = fused('square of the second', [undefined, x], (nothing: tf.Tensor | undefined, x) => [
      nothing ? x : tf.square(x),
    ]);
    expect(Array.from(outputs[0]!.dataSync())).toEqual([16]);
    expect(kernel.mock.lastCall![0].attrs).toMatchObject({ name: 'square of the second', arity: 2 });
    expect(Object.keys(kernel.mock.lastCall![0].inputs)).toEqual(['1']);
    tf.dispose([x, ...outputs]);
  });
});
