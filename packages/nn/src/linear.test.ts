import * as tf from '@tensorflow/tfjs';
import { onEveryBackend } from '../test/backends.js';
import { expectClose, expectGradientsToBeRight, randomTensor } from '../test/gradients.js';
import { Generator } from './generator.js';
import { Linear, linear } from './linear.js';
import { Parameters } from './parameters.js';
import { constant, xavierUniform } from './initialisers.js';

onEveryBackend(() => {
  test('is x weightᵀ + bias', () => {
    const x = tf.tensor([
      [
        [1, 2],
        [3, 4],
      ],
      [
        [5, 6],
        [0, -1],
      ],
    ]); // [2, 2, 2]
    const weight = tf.tensor([
      [1, 0],
      [0, 1],
      [2, -3],
    ]);
    const output = linear(x, weight, tf.tensor([0.5, 0, -1]));
    expect(output.shape).toEqual([2, 2, 3]);
    expectClose(output, [1.5, 2, -5, 3.5, 4, -7, 5.5, 6, -9, 0.5, -1, 2]);
    tf.dispose([x, weight, output]);
  });

  test.each([[[3, 4]], [[2, 3, 4]]])('gradient for x of shape %p', (shape) => {
    const generator = new Generator(1);
    const [x, weight, bias] = [
      randomTensor(generator, shape),
      randomTensor(generator, [5, 4]),
      randomTensor(generator, [5]),
    ];
    expectGradientsToBeRight((x, weight, bias) => linear(x!, weight!, bias), [x, weight, bias]);
    expectGradientsToBeRight((x, weight) => linear(x!, weight!), [x, weight]);
    tf.dispose([x, weight, bias]);
  });

  test('the layer owns its parameters and frees what it makes', () => {
    const before = tf.memory().numTensors;
    const parameters = new Parameters();
    const layer = new Linear(parameters.scope('fc'), 4, 5, {
      weight: xavierUniform(new Generator(1)),
      bias: constant(2),
    });
    expect(parameters.entries().map(([name, { shape }]) => [name, shape])).toEqual([
      ['fc.weight', [5, 4]],
      ['fc.bias', [5]],
    ]);
    const x = tf.zeros([2, 3, 4]);
    const output = layer.forward(x);
    expect(output.dataSync().every((value) => value === 2)).toBe(true);
    expect(tf.memory().numTensors).toBe(before + 4);
    tf.dispose([x, output]);
    parameters.dispose();
    expect(tf.memory().numTensors).toBe(before);
    expect(new Linear(new Parameters(), 4, 5, { weight: constant(1) }).bias).toBeUndefined();
  });
});
