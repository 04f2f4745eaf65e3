import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';

/** Runs the tests of a file on one backend. */
export function useBackend(name: 'cpu' | 'wasm'): void {
  beforeAll(async () => {
    await tf.setBackend(name);
    await tf.ready();
  });
}
