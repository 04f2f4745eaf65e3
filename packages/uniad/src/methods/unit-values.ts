import * as tf from '@tensorflow/tfjs';
import { describeBackbone } from '@uniad/backbones';

/** Values from 0 to 1 of pictures `[batch, height, width, 3]` that are normalised as a backbone wants them. */
export function toUnitValues(images: tf.Tensor4D, backbone: string): tf.Tensor4D {
  const { mean, deviation } = describeBackbone(backbone);
  return tf.add(tf.mul(images, tf.tensor1d([...deviation])), tf.tensor1d([...mean]));
}

/** The way back. */
export function fromUnitValues(pictures: tf.Tensor4D, backbone: string): tf.Tensor4D {
  const { mean, deviation } = describeBackbone(backbone);
  return tf.div(tf.sub(pictures, tf.tensor1d([...mean])), tf.tensor1d([...deviation]));
}
