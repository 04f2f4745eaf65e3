import * as tf from '@tensorflow/tfjs';
import { onEveryBackend } from '../test/backends.js';
import { expectClose } from '../test/gradients.js';
import { clipByGlobalNorm } from './clip.js';

onEveryBackend(() => {
  const gradients = () => ({ a: tf.tensor([3, -4, 12]), b: tf.tensor([[1, -2]]) });

  test('scales large gradients as torch does', () => {
    tf.tidy(() => {
      const clipped = clipByGlobalNorm(gradients(), 0.1);
      // torch 2.13: clip_grad_norm_(…, 0.1)
      expectClose(clipped.norm, [13.190905570983887]);
      expectClose(clipped.gradients.a!, [0.022742940112948418, -0.030323920771479607, 0.09097176045179367], 7);
      expectClose(clipped.gradients.b!, [0.007580980192869902, -0.015161960385739803], 7);
    });
  });

  test('leaves small ones and zeros as they are', () => {
    tf.tidy(() => {
      expectClose(clipByGlobalNorm(gradients(), 20).gradients.a!, [3, -4, 12], 7);
      const zero = clipByGlobalNorm({ a: tf.zeros([2]) }, 0.1);
      expectClose(zero.gradients.a!, [0, 0]);
      expectClose(zero.norm, [0]);
    });
  });

  test('returns new tensors and nothing else', () => {
    const before = tf.memory().numTensors;
    const given = gradients();
    const clipped = clipByGlobalNorm(given, 0.1);
    expect(tf.memory().numTensors).toBe(before + 5);
    tf.dispose(given);
    expect(clipped.gradients.a!.dataSync().length).toBe(3);
    tf.dispose([clipped.gradients, clipped.norm]);
    expect(tf.memory().numTensors).toBe(before);
  });
});
