import type * as tf from '@tensorflow/tfjs';
import { Convolution } from './convolution.js';
import type { EfficientNetNames } from './efficientnet-names.js';
import { FusedResidual, InvertedResidual, PlainBlock, silu } from './efficientnet-blocks.js';
import type { BlockShape, MakeConvolution } from './efficientnet-blocks.js';
import type { Block, Network } from './network.js';
import { samePadding, samePaddingAt } from './padding.js';

/** Repeated blocks; only the first of them strides. */
interface BlockGroup {
  readonly kind: 'inverted' | 'fused' | 'plain';
  readonly repeats: number;
  readonly channels: number;
  readonly expansion: number;
  readonly kernel: 3 | 5;
  readonly stride: 1 | 2;
}

/** EfficientNet (Tan and Le 2019) or EfficientNetV2 (Tan and Le 2021), before scaling. */
export interface EfficientNetVariant {
  readonly groups: readonly BlockGroup[];
  readonly width: number;
  readonly depth: number;
  /** Pixels a side that the network was designed for; with it, padding is fixed to what suits that size. */
  readonly designSize?: number;
}

const V1_GROUPS: readonly BlockGroup[] = [
  { kind: 'inverted', repeats: 1, channels: 16, expansion: 1, kernel: 3, stride: 1 },
  { kind: 'inverted', repeats: 2, channels: 24, expansion: 6, kernel: 3, stride: 2 },
  { kind: 'inverted', repeats: 2, channels: 40, expansion: 6, kernel: 5, stride: 2 },
  { kind: 'inverted', repeats: 3, channels: 80, expansion: 6, kernel: 3, stride: 2 },
  { kind: 'inverted', repeats: 3, channels: 112, expansion: 6, kernel: 5, stride: 1 },
  { kind: 'inverted', repeats: 4, channels: 192, expansion: 6, kernel: 5, stride: 2 },
  { kind: 'inverted', repeats: 1, channels: 320, expansion: 6, kernel: 3, stride: 1 },
];

const V2_BASE_GROUPS: readonly BlockGroup[] = [
  { kind: 'plain', repeats: 1, channels: 16, expansion: 1, kernel: 3, stride: 1 },
  { kind: 'fused', repeats: 2, channels: 32, expansion: 4, kernel: 3, stride: 2 },
  { kind: 'fused', repeats: 2, channels: 48, expansion: 4, kernel: 3, stride: 2 },
  { kind: 'inverted', repeats: 3, channels: 96, expansion: 4, kernel: 3, stride: 2 },
  { kind: 'inverted', repeats: 5, channels: 112, expansion: 6, kernel: 3, stride: 1 },
  { kind: 'inverted', repeats: 8, channels: 192, expansion: 6, kernel: 3, stride: 2 },
];

const V1_SCALES: Readonly<Record<string, { width: number; depth: number; designSize: number }>> = {
  b0: { width: 1.0, depth: 1.0, designSize: 224 },
  b1: { width: 1.0, depth: 1.1, designSize: 240 },
  b2: { width: 1.1, depth: 1.2, designSize: 260 },
  b3: { width: 1.2, depth: 1.4, designSize: 300 },
  b4: { width: 1.4, depth: 1.8, designSize: 380 },
  b5: { width: 1.6, depth: 2.2, designSize: 456 },
  b6: { width: 1.8, depth: 2.6, designSize: 528 },
  b7: { width: 2.0, depth: 3.1, designSize: 600 },
};

/** `efficientnet_*` pads as the official implementation, `tf_efficientnet*` as TensorFlow and timm. */
export const efficientNetVariants: Readonly<Record<string, EfficientNetVariant>> = {
  ...Object.fromEntries(
    Object.entries(V1_SCALES).flatMap(([name, { width, depth, designSize }]) => [
      [`efficientnet_${name}`, { groups: V1_GROUPS, width, depth, designSize }],
      [`tf_efficientnet_${name}`, { groups: V1_GROUPS, width, depth }],
    ]),
  ),
  tf_efficientnetv2_b0: { groups: V2_BASE_GROUPS, width: 1, depth: 1 },
};

const STEM_CHANNELS = 32;
const HEAD_CHANNELS = 1280;
const EPSILON = 1e-3; // of batch norm, as in TensorFlow
const CLASSES = null;

export function efficientNet(
  { groups, width, depth, designSize }: EfficientNetVariant,
  names: EfficientNetNames,
): Network {
  const makeConvolution: MakeConvolution = ({ norm, totalStride, ...spec }) =>
    new Convolution({
      ...spec,
      ...(norm ? { batchNorm: { name: norm, epsilon: EPSILON } } : {}),
      padding:
        designSize === undefined
          ? samePadding(spec.kernel, spec.stride)
          : samePaddingAt(Math.ceil(designSize / totalStride), spec.kernel, spec.stride),
    });
  let channels = scaledChannels(STEM_CHANNELS, width);
  const stem = new Stem(
    makeConvolution({
      name: names.stem,
      norm: names.stemNorm,
      inChannels: 3,
      outChannels: channels,
      kernel: 3,
      stride: 2,
      totalStride: 1,
    }),
  );

  const stages: { stage: number; channels: number; stride: number; blocks: Block[] }[] = [];
  let stride = 2;
  let index = 0;
  groups.forEach((group, i) => {
    if (i === 0 || group.stride > 1)
      stages.push({ stage: stages.length + 1, channels, stride: stride * group.stride, blocks: [] });
    const stage = stages.at(-1)!;
    const repeats = Math.ceil(group.repeats * depth);
    for (let j = 0; j < repeats; j++, index++) {
      const shape: BlockShape = {
        inChannels: channels,
        outChannels: scaledChannels(group.channels, width),
        expansion: group.expansion,
        kernel: group.kernel,
        stride: j === 0 ? group.stride : 1,
        totalStride: stride,
      };
      const kind = group.kind === 'inverted' && group.expansion === 1 ? 'separable' : group.kind;
      const blockNames = names.block({ index, group: i, indexInGroup: j, kind });
      const BlockClass = { inverted: InvertedResidual, fused: FusedResidual, plain: PlainBlock }[group.kind];
      stage.blocks.push(new BlockClass(shape, blockNames, makeConvolution));
      channels = shape.outChannels;
      stride *= shape.stride;
    }
    stage.channels = channels;
  });

  const headChannels = scaledChannels(HEAD_CHANNELS, width);
  const head = makeConvolution({
    name: names.head,
    norm: names.headNorm,
    inChannels: channels,
    outChannels: headChannels,
    kernel: 1,
    stride: 1,
    totalStride: stride,
  });
  return {
    stem,
    stages,
    head: [
      ...head.parameters(),
      { name: `${names.classifier}.weight`, shape: [CLASSES, headChannels] },
      { name: `${names.classifier}.bias`, shape: [CLASSES] },
    ],
  };
}

class Stem implements Block {
  readonly convolutions: readonly Convolution[];

  constructor(private readonly convolution: Convolution) {
    this.convolutions = [convolution];
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    return silu(this.convolution.forward(x));
  }
}

/** Channels times the width, rounded to a multiple of 8 that loses at most a tenth. */
function scaledChannels(channels: number, width: number): number {
  const scaled = channels * width;
  const rounded = Math.max(8, Math.floor((scaled + 4) / 8) * 8);
  return rounded < 0.9 * scaled ? rounded + 8 : rounded;
}
