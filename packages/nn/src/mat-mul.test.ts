import * as tf from '@tensorflow/tfjs';
import { onEveryBackend } from '../test/backends.js';
import { expectGradientsToBeRight, randomTensor } from '../test/gradients.js';
import { Generator } from './generator.js';
import { matMul } from './mat-mul.js';

onEveryBackend(() => {
  describe.each([
    [false, false],
    [false, true],
    [true, false],
    [true, true],
  ])('transposed %p, %p', (transposeA, transposeB) => {
    test.each([[[]], [[3]], [[2, 2]]])('batch %p', (batch) => {
      const generator = new Generator(5);
      const a = randomTensor(generator, [...batch, ...(transposeA ? [4, 2] : [2, 4])]);
      const b = randomTensor(generator, [...batch, ...(transposeB ? [3, 4] : [4, 3])]);
      const before = tf.memory().numTensors;
      const ours = matMul(a, b, transposeA, transposeB);
      const theirs = tf.matMul(a, b, transposeA, transposeB);
      expect(ours.shape).toEqual([...batch, 2, 3]);
      ours.dataSync().forEach((value, i) => expect(value).toBeCloseTo(theirs.dataSync()[i]!, 5));
      tf.dispose([ours, theirs]);
      expect(tf.memory().numTensors).toBe(before);
      expectGradientsToBeRight((a, b) => matMul(a!, b!, transposeA, transposeB), [a, b]);
      tf.dispose([a, b]);
    });
  });
});
