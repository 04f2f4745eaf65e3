import * as tf from '@tensorflow/tfjs';

/** What stands behind a convolution; silu is x · sigmoid(x), also called swish. */
export type Activation = 'relu' | 'relu6' | 'silu' | 'sigmoid';

export function activate(x: tf.Tensor4D, activation: Activation | undefined): tf.Tensor4D {
  switch (activation) {
    case undefined:
      return x;
    case 'relu':
      return tf.relu(x);
    case 'relu6':
      return tf.relu6(x);
    case 'silu':
      return tf.mul(x, tf.sigmoid(x));
    case 'sigmoid':
      return tf.sigmoid(x);
  }
}
