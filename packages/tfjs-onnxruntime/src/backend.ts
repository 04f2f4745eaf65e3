import * as tf from '@tensorflow/tfjs';
import { EagerRunner } from './eager.js';
import { TensorStore } from './tensor-store.js';

/** A tfjs backend that runs each kernel on ONNX Runtime. */
export class OnnxRuntimeBackend extends TensorStore {
  readonly eager = new EagerRunner(this);
  /** The block that tfjs's `cpu` matrix product works in. */
  readonly blockSize = 48;

  override memory(): { unreliable: boolean } {
    return { unreliable: true };
  }

  override async time(run: () => void): Promise<tf.BackendTimingInfo> {
    const start = tf.util.now();
    run();
    return { kernelMs: tf.util.now() - start };
  }

  override dispose(): void {
    this.eager.dispose();
  }

  override floatPrecision(): 32 {
    return 32;
  }
}
