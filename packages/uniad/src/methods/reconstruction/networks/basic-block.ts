import * as tf from '@tensorflow/tfjs';
import { BatchNorm2d, Conv2d, heNormal } from '@uniad/nn';
import type { Generator, Parameters } from '@uniad/nn';

/** Two 3x3 convolutions around a shortcut, as in ResNet-18 and -34 (He et al. 2016); stride 1. */
export class BasicBlock {
  private readonly conv1: Conv2d;
  private readonly bn1: BatchNorm2d;
  private readonly conv2: Conv2d;
  private readonly bn2: BatchNorm2d;
  private readonly downsample: { readonly conv: Conv2d; readonly bn: BatchNorm2d } | undefined;

  constructor(parameters: Parameters, inputs: number, outputs: number, generator: Generator) {
    const weight = heNormal(generator);
    this.conv1 = new Conv2d(parameters.scope('conv1'), inputs, outputs, 3, { weight, padding: 1 });
    this.bn1 = new BatchNorm2d(parameters.scope('bn1'), outputs);
    this.conv2 = new Conv2d(parameters.scope('conv2'), outputs, outputs, 3, { weight, padding: 1 });
    this.bn2 = new BatchNorm2d(parameters.scope('bn2'), outputs);
    if (inputs !== outputs) {
      this.downsample = {
        conv: new Conv2d(parameters.scope('downsample.0'), inputs, outputs, 1, { weight }),
        bn: new BatchNorm2d(parameters.scope('downsample.1'), outputs),
      };
    }
  }

  /** `[batch, rows, columns, inputs]` to `[batch, rows, columns, outputs]`. */
  forward(x: tf.Tensor4D, training: boolean): tf.Tensor4D {
    const y = tf.relu(this.bn1.forward(this.conv1.forward(x), training));
    const z = this.bn2.forward(this.conv2.forward(y), training);
    const { downsample } = this;
    const shortcut = downsample ? downsample.bn.forward(downsample.conv.forward(x), training) : x;
    return tf.relu(tf.add(z, shortcut)) as tf.Tensor4D;
  }
}
