import { dirname } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';

/** Declares the tests once for each device that every machine has. */
export function onEveryBackend(declare: () => void): void {
  describe.each(['cpu', 'wasm'])('on %s', (name) => {
    beforeAll(async () => {
      setWasmPaths(`${dirname(require.resolve('@tensorflow/tfjs-backend-wasm'))}/`);
      await tf.setBackend(name);
    });
    declare();
  });
}
