import type * as tf from '@tensorflow/tfjs';
import type { Convolution } from './convolution.js';
import type { Block, Convolve } from './network.js';

/** A stem that is one convolution. */
export class SingleConvolution implements Block {
  readonly convolutions: readonly [Convolution];

  constructor(convolution: Convolution) {
    this.convolutions = [convolution];
  }

  forward(x: tf.Tensor4D, convolve: Convolve): tf.Tensor4D {
    return convolve(this.convolutions[0], x);
  }
}
