import * as tf from '@tensorflow/tfjs';
import { BatchNorm2d, Conv2d, heNormal, Linear, Parameters, xavierUniform, zeros } from '@uniad/nn';
import type { Generator } from '@uniad/nn';
import { BasicBlock } from '../methods/reconstruction/networks/basic-block.js';
import type { Size } from '../methods/shared-config.js';

/** Blocks and channels of ResNet-34's stages 3 to 1 (He et al. 2016), which a map of stride 16 passes on its way back. */
const STAGES = [
  { blocks: 6, channels: 256 },
  { blocks: 4, channels: 128 },
  { blocks: 3, channels: 64 },
] as const;

/** Channels where the stem of ResNet-34 stands. */
const STEM_CHANNELS = 64;

/** A transposed convolution of kernel 2 and stride 2, a batch norm and ReLU: every token becomes four. */
class Upsampling {
  private readonly linear: Linear;
  private readonly norm: BatchNorm2d;

  constructor(
    parameters: Parameters,
    inputs: number,
    private readonly outputs: number,
    generator: Generator,
  ) {
    const initialisers = { weight: xavierUniform(generator), bias: zeros };
    this.linear = new Linear(parameters.scope('transposed'), inputs, 4 * outputs, initialisers);
    this.norm = new BatchNorm2d(parameters.scope('norm'), outputs);
  }

  /** `[batch, rows, columns, inputs]` to `[batch, 2 rows, 2 columns, outputs]`. */
  forward(x: tf.Tensor4D, training: boolean): tf.Tensor4D {
    const [batch, rows, columns] = x.shape;
    const four = tf.reshape(this.linear.forward(x), [batch * rows, columns, 2, 2 * this.outputs]);
    const placed = tf.transpose(four, [0, 2, 1, 3]); // [batch rows, 2, columns, 2 outputs]
    const map = tf.reshape(placed, [batch, 2 * rows, 2 * columns, this.outputs]) as tf.Tensor4D;
    return tf.relu(this.norm.forward(map, training));
  }
}

/**
 * Draws the picture that features were extracted from (section B.3): a reversed ResNet-34 whose down-sampling became
 * transposed convolutions. It only shows what a model reconstructed, and takes no part in finding anomalies.
 */
export class FeatureRenderer {
  readonly parameters = new Parameters();
  private readonly reduce: Linear;
  private readonly stages: readonly { readonly blocks: readonly BasicBlock[]; readonly up: Upsampling }[];
  private readonly last: Upsampling;
  private readonly toColour: Conv2d;

  /**
   * @param channels of the features
   * @param width of every layer, relative to ResNet-34
   */
  constructor(channels: number, width: number, generator: Generator) {
    const scaled = (count: number) => Math.max(8, Math.round(count * width));
    const { parameters } = this;
    const initialisers = { weight: xavierUniform(generator), bias: zeros };
    this.reduce = new Linear(parameters.scope('reduce'), channels, scaled(STAGES[0].channels), initialisers);
    this.stages = STAGES.map(({ blocks, channels }, stage) => {
      const scope = parameters.scope(`layer${STAGES.length - stage}`);
      const next = STAGES[stage + 1]?.channels ?? STEM_CHANNELS;
      return {
        blocks: Array.from(
          { length: blocks },
          (_, i) => new BasicBlock(scope.scope(String(i)), scaled(channels), scaled(channels), generator),
        ),
        up: new Upsampling(scope.scope('up'), scaled(channels), scaled(next), generator),
      };
    });
    const half = scaled(STEM_CHANNELS / 2);
    this.last = new Upsampling(parameters.scope('stem'), scaled(STEM_CHANNELS), half, generator);
    this.toColour = new Conv2d(parameters.scope('colour'), half, 3, 3, {
      weight: heNormal(generator),
      bias: zeros,
      padding: 1,
    });
  }

  /**
   * @param features `[batch, rows, columns, channels]`
   * @param size of the pictures
   * @returns `[batch, height, width, 3]`, values from 0 to 1
   */
  forward(features: tf.Tensor4D, size: Size, training: boolean): tf.Tensor4D {
    return tf.tidy(() => {
      let x = this.reduce.forward(features) as tf.Tensor4D;
      for (const { blocks, up } of this.stages) {
        x = up.forward(
          blocks.reduce((y, block) => block.forward(y, training), x),
          training,
        );
      }
      const colours = this.toColour.forward(this.last.forward(x, training)); // 16 times the features' rows and columns
      const fitting = colours.shape[1] === size[0] && colours.shape[2] === size[1];
      return tf.sigmoid(fitting ? colours : tf.image.resizeBilinear(colours, [...size], true));
    });
  }

  dispose(): void {
    this.parameters.dispose();
  }
}
