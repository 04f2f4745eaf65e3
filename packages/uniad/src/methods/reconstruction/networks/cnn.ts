import * as tf from '@tensorflow/tfjs';
import { BatchNorm2d, Conv2d, normal } from '@uniad/nn';
import type { Generator, Initialiser, Parameters } from '@uniad/nn';
import type { ReconstructionConfig } from '../config.js';
import type { ReconstructionNetwork } from './network.js';

/** Blocks of each stage of ResNet-34 (He et al. 2016). */
const BLOCKS = [3, 4, 6, 3] as const;

/** Normal, with a deviation of sqrt(2 / fan out): He et al. 2015, as torchvision initialises ResNets. */
function heNormal(generator: Generator): Initialiser {
  return (shape) => {
    const [outputs = 1, , height = 1, width = 1] = shape;
    return normal(generator, 0, Math.sqrt(2 / (outputs * height * width)))(shape);
  };
}

class BasicBlock {
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

/**
 * The CNN baseline (section B.1): ResNet-34 without its stem, every stride 1, and hiddenDim, half of it, half of it and
 * hiddenDim channels in its four stages.
 */
export class Cnn implements ReconstructionNetwork {
  private readonly blocks: readonly BasicBlock[];

  constructor(
    parameters: Parameters,
    private readonly config: ReconstructionConfig,
    generator: Generator,
  ) {
    const { hiddenDim } = config;
    const widths = [hiddenDim, hiddenDim / 2, hiddenDim / 2, hiddenDim];
    let inputs = hiddenDim;
    this.blocks = BLOCKS.flatMap((count, stage) =>
      Array.from({ length: count }, (_, i) => {
        const outputs = widths[stage]!;
        const block = new BasicBlock(parameters.scope(`cnn.layer${stage + 1}.${i}`), inputs, outputs, generator);
        inputs = outputs;
        return block;
      }),
    );
  }

  forward(tokens: tf.Tensor3D, generator?: Generator): tf.Tensor3D {
    const { featureSize, hiddenDim } = this.config;
    const map = tf.reshape(tokens, [-1, ...featureSize, hiddenDim]) as tf.Tensor4D;
    const output = this.blocks.reduce((x, block) => block.forward(x, generator !== undefined), map);
    return tf.reshape(output, tokens.shape);
  }

  dispose(): void {}
}
