import * as tf from '@tensorflow/tfjs';
import type { Convolution } from './convolution.js';
import type { Block, Convolve, Network } from './network.js';
import { samePadding } from './padding.js';
import { SingleConvolution } from './single-convolution.js';

/**
 * UniAD-tiny, our own small network: 0.64 M parameters and 0.28 GMAC at 224 pixels, distilled from EfficientNetV2-B0.
 *
 * Its stages have the teacher's channels and strides. Every block is a Fused-MBConv (Tan and Le 2021) with ReLU: full 3x3
 * convolutions and no squeeze-excite, which every device runs fast.
 */
interface StageLayout {
  readonly channels: number;
  readonly blocks: number;
  /** Channels between a block's two convolutions. */
  readonly middle: number;
  readonly stride: 1 | 2;
}

const STEM_CHANNELS = 16;
const LAYOUT: readonly StageLayout[] = [
  { channels: 16, blocks: 1, middle: 16, stride: 1 },
  { channels: 32, blocks: 2, middle: 48, stride: 2 },
  { channels: 48, blocks: 2, middle: 96, stride: 2 },
  { channels: 112, blocks: 3, middle: 192, stride: 2 },
];
const EPSILON = 1e-3; // of batch norm; large enough for variances in half precision

export function uniadTiny(): Network {
  let channels = STEM_CHANNELS;
  let totalStride = 2;
  const stages = LAYOUT.map(({ channels: outChannels, blocks, middle, stride }, i) => {
    totalStride *= stride;
    const made = Array.from({ length: blocks }, (_, j) => {
      const block = new FusedBlock(`stages.${i}.${j}`, {
        inChannels: channels,
        middle,
        outChannels,
        stride: j === 0 ? stride : 1,
      });
      channels = outChannels;
      return block;
    });
    return { stage: i + 1, channels: outChannels, stride: totalStride, blocks: made };
  });
  const stem = { inChannels: 3, outChannels: STEM_CHANNELS, kernel: 3, stride: 2, activation: 'relu' } as const;
  return { stem: new SingleConvolution(convolution('stem.conv', 'stem.bn', stem)), stages, head: [] };
}

/** Expands with a full convolution, projects without an activation, and adds the input where the shapes allow. */
class FusedBlock implements Block {
  readonly convolutions: readonly [expand: Convolution, project: Convolution];
  private readonly hasShortcut: boolean;

  constructor(
    name: string,
    {
      inChannels,
      middle,
      outChannels,
      stride,
    }: { readonly inChannels: number; readonly middle: number; readonly outChannels: number; readonly stride: number },
  ) {
    const expand = { inChannels, outChannels: middle, kernel: 3, stride, activation: 'relu' } as const;
    const project = { inChannels: middle, outChannels, kernel: 1, stride: 1 };
    this.convolutions = [
      convolution(`${name}.conv1`, `${name}.bn1`, expand),
      convolution(`${name}.conv2`, `${name}.bn2`, project),
    ];
    this.hasShortcut = stride === 1 && inChannels === outChannels;
  }

  forward(x: tf.Tensor4D, convolve: Convolve): tf.Tensor4D {
    const [expand, project] = this.convolutions;
    const y = convolve(project, convolve(expand, x));
    return this.hasShortcut ? tf.add(y, x) : y;
  }
}

function convolution(
  name: string,
  batchNorm: string,
  sizes: Pick<Convolution, 'inChannels' | 'outChannels' | 'kernel' | 'stride' | 'activation'>,
): Convolution {
  return {
    name,
    batchNorm: { name: batchNorm, epsilon: EPSILON },
    padding: samePadding(sizes.kernel, sizes.stride),
    ...sizes,
  };
}
