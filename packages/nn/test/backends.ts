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

/** Kernels that some device lacks: `wasm` those of the filter, `onnxruntime` that of the pooling. */
const LACKING = [
  'Conv2DBackpropFilter',
  'DepthwiseConv2dNativeBackpropFilter',
  'DepthwiseConv2dNativeBackpropInput',
  'MaxPoolGrad',
];
const WINDOWED = [
  'Conv2D',
  'FusedConv2D',
  'DepthwiseConv2dNative',
  'FusedDepthwiseConv2D',
  'MaxPool',
  'Conv2DBackpropInput',
];

/** Declares the tests once more for the plain device with what others lack taken away: `tensorflow` only pads 'valid' or 'same'. */
export function onPoorBackend(declare: () => void): void {
  describe('on a device that lacks what others lack', () => {
    beforeAll(async () => {
      const plain = tf.findBackend('cpu');
      tf.registerBackend('poor', () => plain);
      for (const kernel of tf.getKernelsForBackend('cpu')) {
        if (LACKING.includes(kernel.kernelName)) continue;
        const { kernelName } = kernel;
        const kernelFunc: tf.KernelFunc = (call) => {
          const pad = call.attrs?.['pad'];
          if (WINDOWED.includes(kernelName) && pad !== 'valid' && pad !== 'same') {
            throw new Error(`Expected 'valid' or 'same' for the padding of ${kernelName} but received ${String(pad)}`);
          }
          return kernel.kernelFunc(call);
        };
        tf.registerKernel({ ...kernel, backendName: 'poor', kernelFunc });
      }
      await tf.setBackend('poor');
    });
    afterAll(async () => {
      await tf.setBackend('cpu');
      tf.removeBackend('poor');
    });
    declare();
  });
}
