import { dirname } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { compile } from '@uniad/tfjs-onnxruntime';

type Run = (fn: () => tf.Tensor[]) => tf.Tensor[];

/** Op by op, and where the device can, as one graph. */
const devices: [device: string, way: string, run: Run][] = [
  ['cpu', 'op by op', (fn) => fn()],
  ['wasm', 'op by op', (fn) => fn()],
  ['onnxruntime', 'op by op', (fn) => fn()],
  [
    'onnxruntime',
    'compiled',
    (fn) => {
      const compiled = compile(fn);
      const output = compiled();
      compiled.dispose();
      return output;
    },
  ],
];

/** Declares the tests once for each device. */
export function onEveryDevice(declare: (run: Run) => void): void {
  describe.each(devices)('on %s, %s', (device, _way, run) => {
    beforeAll(async () => {
      setWasmPaths(`${dirname(require.resolve('@tensorflow/tfjs-backend-wasm'))}/`);
      await tf.setBackend(device);
    });
    declare(run);
  });
}
