import * as tf from '@tensorflow/tfjs';
import type { Convolution } from './convolution.js';
import type { BlockNames } from './efficientnet-names.js';
import type { Block } from './network.js';

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

/** Makes a convolution padded as the network pads; `totalStride` is that of its input. */
export type MakeConvolution = (spec: {
  readonly name: string;
  readonly norm?: string;
  readonly inChannels: number;
  readonly outChannels: number;
  readonly kernel: number;
  readonly stride: number;
  readonly totalStride: number;
  readonly depthwise?: boolean;
}) => Convolution;

const SQUEEZE_RATIO = 0.25;

/** Expand, depthwise convolution, squeeze and excite, project (MBConv, Tan and Le 2019); without expansion it starts at the depthwise one. */
export class InvertedResidual implements Block {
  private readonly expand: Convolution | undefined;
  private readonly depthwise: Convolution;
  private readonly squeezeReduce: Convolution;
  private readonly squeezeExpand: Convolution;
  private readonly project: Convolution;
  private readonly hasShortcut: boolean;

  constructor(shape: BlockShape, names: BlockNames, make: MakeConvolution) {
    const { inChannels, outChannels, kernel, stride, totalStride } = shape;
    const middle = inChannels * shape.expansion;
    const squeezed = Math.floor(inChannels * SQUEEZE_RATIO);
    const pointwise = { kernel: 1, stride: 1, totalStride };
    if (shape.expansion > 1) {
      this.expand = make({ name: names.expand, norm: names.expandNorm, inChannels, outChannels: middle, ...pointwise });
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
    });
    this.squeezeReduce = make({ name: names.squeezeReduce, inChannels: middle, outChannels: squeezed, ...pointwise });
    this.squeezeExpand = make({ name: names.squeezeExpand, inChannels: squeezed, outChannels: middle, ...pointwise });
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
    const { expand, depthwise, squeezeReduce, squeezeExpand, project } = this;
    return [...(expand ? [expand] : []), depthwise, squeezeReduce, squeezeExpand, project];
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    const expanded = this.expand ? silu(this.expand.forward(x)) : x; // [b, h, w, middle]
    const filtered = silu(this.depthwise.forward(expanded)); // [b, h', w', middle]
    const squeezed = silu(this.squeezeReduce.forward(tf.mean(filtered, [1, 2], true))); // [b, 1, 1, squeezed]
    const excitation = tf.sigmoid(this.squeezeExpand.forward(squeezed)); // [b, 1, 1, middle]
    const y = this.project.forward(tf.mul(filtered, excitation));
    return this.hasShortcut ? tf.add(y, x) : y;
  }
}

/** One full convolution in place of expand and depthwise (Fused-MBConv, Tan and Le 2021), here without squeeze and excite. */
export class FusedResidual implements Block {
  private readonly expand: Convolution;
  private readonly project: Convolution;
  private readonly hasShortcut: boolean;

  constructor(shape: BlockShape, names: BlockNames, make: MakeConvolution) {
    const { inChannels, outChannels, kernel, stride, totalStride } = shape;
    const middle = inChannels * shape.expansion;
    this.expand = make({
      name: names.expand,
      norm: names.expandNorm,
      inChannels,
      outChannels: middle,
      kernel,
      stride,
      totalStride,
    });
    this.project = make({
      name: names.project,
      norm: names.projectNorm,
      inChannels: middle,
      outChannels,
      kernel: 1,
      stride: 1,
      totalStride,
    });
    this.hasShortcut = stride === 1 && inChannels === outChannels;
  }

  get convolutions(): readonly Convolution[] {
    return [this.expand, this.project];
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    const y = this.project.forward(silu(this.expand.forward(x)));
    return this.hasShortcut ? tf.add(y, x) : y;
  }
}

/** A fused block without expansion: one convolution and its activation. */
export class PlainBlock implements Block {
  readonly convolutions: readonly Convolution[];
  private readonly convolution: Convolution;
  private readonly hasShortcut: boolean;

  constructor(
    { inChannels, outChannels, kernel, stride, totalStride }: BlockShape,
    names: BlockNames,
    make: MakeConvolution,
  ) {
    this.convolution = make({
      name: names.project,
      norm: names.projectNorm,
      inChannels,
      outChannels,
      kernel,
      stride,
      totalStride,
    });
    this.convolutions = [this.convolution];
    this.hasShortcut = stride === 1 && inChannels === outChannels;
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    const y = silu(this.convolution.forward(x));
    return this.hasShortcut ? tf.add(y, x) : y;
  }
}

/** x * sigmoid(x), also called swish. */
export function silu(x: tf.Tensor4D): tf.Tensor4D {
  return tf.mul(x, tf.sigmoid(x));
}
