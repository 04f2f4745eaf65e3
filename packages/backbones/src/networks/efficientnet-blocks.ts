import * as tf from '@tensorflow/tfjs';
import type { Activation } from './activation.js';
import type { Convolution } from './convolution.js';
import type { BlockNames } from './efficientnet-names.js';
import type { Block, Convolve } from './network.js';

export interface BlockShape {
  readonly inChannels: number;
  readonly outChannels: number;
  /** Width of the middle of the block, relative to its input. */
  readonly expansion: number;
  readonly kernel: number;
  readonly stride: number;
  /** Of the block's input, relative to the picture. */
  readonly totalStride: number;
}

/** What the blocks of one network share. */
export interface BlockStyle {
  readonly activation: Activation;
  readonly squeezeExcite: boolean;
  /** Makes a convolution padded as the network pads; `totalStride` is that of its input. */
  readonly make: (
    convolution: Pick<Convolution, 'name' | 'inChannels' | 'outChannels' | 'kernel' | 'stride' | 'activation'> & {
      readonly norm?: string;
      readonly totalStride: number;
      readonly depthwise?: boolean;
    },
  ) => Convolution;
}

const SQUEEZE_RATIO = 0.25;

/** Expand, depthwise convolution, squeeze and excite, project (MBConv, Tan and Le 2019); without expansion it starts at the depthwise one. */
export class InvertedResidual implements Block {
  private readonly expand: Convolution | undefined;
  private readonly depthwise: Convolution;
  private readonly squeezeExcite: SqueezeExcite | undefined;
  private readonly project: Convolution;
  private readonly hasShortcut: boolean;

  constructor(shape: BlockShape, names: BlockNames, { make, activation, squeezeExcite }: BlockStyle) {
    const { inChannels, outChannels, kernel, stride, totalStride } = shape;
    const middle = inChannels * shape.expansion;
    const pointwise = { kernel: 1, stride: 1, totalStride };
    if (shape.expansion > 1) {
      const { expand: name, expandNorm: norm } = names;
      this.expand = make({ name, norm, inChannels, outChannels: middle, ...pointwise, activation });
    }
    this.depthwise = make({
      name: names.depthwise,
      norm: names.depthwiseNorm,
      inChannels: middle,
      outChannels: middle,
      kernel,
      stride,
      totalStride,
      depthwise: true,
      activation,
    });
    if (squeezeExcite) {
      const squeezed = Math.floor(inChannels * SQUEEZE_RATIO);
      const { squeezeReduce, squeezeExpand } = names;
      this.squeezeExcite = {
        reduce: make({ name: squeezeReduce, inChannels: middle, outChannels: squeezed, ...pointwise, activation }),
        expand: make({
          name: squeezeExpand,
          inChannels: squeezed,
          outChannels: middle,
          ...pointwise,
          activation: 'sigmoid',
        }),
      };
    }
    this.project = make({
      name: names.project,
      norm: names.projectNorm,
      inChannels: middle,
      outChannels,
      ...pointwise,
    });
    this.hasShortcut = stride === 1 && inChannels === outChannels;
  }

  get convolutions(): readonly Convolution[] {
    const { expand, depthwise, squeezeExcite, project } = this;
    const squeezing = squeezeExcite ? [squeezeExcite.reduce, squeezeExcite.expand] : [];
    return [...(expand ? [expand] : []), depthwise, ...squeezing, project];
  }

  forward(x: tf.Tensor4D, convolve: Convolve): tf.Tensor4D {
    const expanded = this.expand ? convolve(this.expand, x) : x; // [b, h, w, middle]
    let filtered = convolve(this.depthwise, expanded); // [b, h', w', middle]
    if (this.squeezeExcite) {
      const squeezed = convolve(this.squeezeExcite.reduce, tf.mean(filtered, [1, 2], true)); // [b, 1, 1, squeezed]
      filtered = tf.mul(filtered, convolve(this.squeezeExcite.expand, squeezed));
    }
    const y = convolve(this.project, filtered); // [b, h', w', out]
    return this.hasShortcut ? tf.add(y, x) : y;
  }
}

/** Weighs the channels of a map by what their means tell (Hu et al. 2018). */
interface SqueezeExcite {
  readonly reduce: Convolution;
  readonly expand: Convolution;
}

/** One full convolution in place of expand and depthwise (Fused-MBConv, Tan and Le 2021), here without squeeze and excite. */
export class FusedResidual implements Block {
  readonly convolutions: readonly [expand: Convolution, project: Convolution];
  private readonly hasShortcut: boolean;

  constructor(shape: BlockShape, names: BlockNames, { make, activation }: BlockStyle) {
    const { inChannels, outChannels, kernel, stride, totalStride } = shape;
    const middle = inChannels * shape.expansion;
    this.convolutions = [
      make({
        name: names.expand,
        norm: names.expandNorm,
        inChannels,
        outChannels: middle,
        kernel,
        stride,
        totalStride,
        activation,
      }),
      make({
        name: names.project,
        norm: names.projectNorm,
        inChannels: middle,
        outChannels,
        kernel: 1,
        stride: 1,
        totalStride,
      }),
    ];
    this.hasShortcut = stride === 1 && inChannels === outChannels;
  }

  forward(x: tf.Tensor4D, convolve: Convolve): tf.Tensor4D {
    const [expand, project] = this.convolutions;
    const y = convolve(project, convolve(expand, x));
    return this.hasShortcut ? tf.add(y, x) : y;
  }
}

/** A fused block without expansion: one convolution and its activation. */
export class PlainBlock implements Block {
  readonly convolutions: readonly [Convolution];
  private readonly hasShortcut: boolean;

  constructor(shape: BlockShape, names: BlockNames, { make, activation }: BlockStyle) {
    const { inChannels, outChannels, kernel, stride, totalStride } = shape;
    const { project: name, projectNorm: norm } = names;
    this.convolutions = [make({ name, norm, inChannels, outChannels, kernel, stride, totalStride, activation })];
    this.hasShortcut = stride === 1 && inChannels === outChannels;
  }

  forward(x: tf.Tensor4D, convolve: Convolve): tf.Tensor4D {
    const y = convolve(this.convolutions[0], x);
    return this.hasShortcut ? tf.add(y, x) : y;
  }
}
