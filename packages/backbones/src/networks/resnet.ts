import * as tf from '@tensorflow/tfjs';
import { maxPool } from '@uniad/nn';
import type { Convolution } from './convolution.js';
import type { Block, Convolve, Network } from './network.js';
import { symmetricPadding } from './padding.js';

/** ResNet (He et al. 2016), torchvision's layout: the stride of a bottleneck sits in its 3x3 convolution. */
export interface ResNetVariant {
  readonly block: 'basic' | 'bottleneck';
  /** Blocks in each of the four layers. */
  readonly depths: readonly [number, number, number, number];
  /** Width of the bottleneck's 3x3 convolution, relative to ResNet (Zagoruyko and Komodakis 2016). */
  readonly widthFactor?: number;
}

export const resNetVariants = {
  resnet18: { block: 'basic', depths: [2, 2, 2, 2] },
  resnet26: { block: 'bottleneck', depths: [2, 2, 2, 2] },
  resnet34: { block: 'basic', depths: [3, 4, 6, 3] },
  resnet50: { block: 'bottleneck', depths: [3, 4, 6, 3] },
  resnet101: { block: 'bottleneck', depths: [3, 4, 23, 3] },
  resnet152: { block: 'bottleneck', depths: [3, 8, 36, 3] },
  wide_resnet50_2: { block: 'bottleneck', depths: [3, 4, 6, 3], widthFactor: 2 },
} as const satisfies Readonly<Record<string, ResNetVariant>>;

export type ResNetName = keyof typeof resNetVariants;

const EPSILON = 1e-5;
const CLASSES = null;

export function resNet({ block, depths, widthFactor = 1 }: ResNetVariant): Network {
  const expansion = block === 'basic' ? 1 : 4;
  let channels = 64;
  const stages = depths.map((depth, i) => {
    const planes = 64 * 2 ** i;
    const blocks = Array.from({ length: depth }, (_, j) => {
      const name = `layer${i + 1}.${j}`;
      const stride = i > 0 && j === 0 ? 2 : 1;
      const sizes = { inChannels: channels, outChannels: planes * expansion, width: planes * widthFactor, stride };
      channels = sizes.outChannels;
      return new ResidualBlock(name, block, sizes);
    });
    return { stage: i + 1, channels, stride: 4 * 2 ** i, blocks };
  });
  return {
    stem: new Stem(),
    stages,
    head: [
      { name: 'fc.weight', shape: [CLASSES, channels] },
      { name: 'fc.bias', shape: [CLASSES] },
    ],
  };
}

class Stem implements Block {
  private readonly convolution = convolution('conv1', 'bn1', {
    inChannels: 3,
    outChannels: 64,
    kernel: 7,
    stride: 2,
    activation: 'relu',
  });
  readonly convolutions = [this.convolution];

  forward(x: tf.Tensor4D, convolve: Convolve): tf.Tensor4D {
    return maxPool(convolve(this.convolution, x), 3, { stride: 2, padding: 1, around: 0 }); // nothing is below zero
  }
}

interface BlockSizes {
  readonly inChannels: number;
  readonly outChannels: number;
  readonly width: number;
  readonly stride: number;
}

class ResidualBlock implements Block {
  private readonly main: readonly Convolution[];
  private readonly downsample: Convolution | undefined;

  constructor(name: string, kind: ResNetVariant['block'], sizes: BlockSizes) {
    const { inChannels, outChannels, stride } = sizes;
    this.main = kind === 'basic' ? basic(name, sizes) : bottleneck(name, sizes);
    if (stride > 1 || inChannels !== outChannels) {
      const shape = { inChannels, outChannels, kernel: 1, stride };
      this.downsample = convolution(`${name}.downsample.0`, `${name}.downsample.1`, shape);
    }
  }

  get convolutions(): readonly Convolution[] {
    return [...this.main, ...(this.downsample ? [this.downsample] : [])];
  }

  forward(x: tf.Tensor4D, convolve: Convolve): tf.Tensor4D {
    const residual = this.main.reduce((y, layer) => convolve(layer, y), x);
    const shortcut = this.downsample ? convolve(this.downsample, x) : x;
    return tf.relu(tf.add<tf.Tensor4D>(residual, shortcut));
  }
}

function basic(name: string, { inChannels, outChannels, stride }: BlockSizes): Convolution[] {
  const first = { inChannels, outChannels, kernel: 3, stride, activation: 'relu' } as const;
  const second = { inChannels: outChannels, outChannels, kernel: 3, stride: 1 };
  return [convolution(`${name}.conv1`, `${name}.bn1`, first), convolution(`${name}.conv2`, `${name}.bn2`, second)];
}

function bottleneck(name: string, { inChannels, outChannels, width, stride }: BlockSizes): Convolution[] {
  const narrow = { inChannels, outChannels: width, kernel: 1, stride: 1, activation: 'relu' } as const;
  const middle = { inChannels: width, outChannels: width, kernel: 3, stride, activation: 'relu' } as const;
  const widen = { inChannels: width, outChannels, kernel: 1, stride: 1 };
  return [
    convolution(`${name}.conv1`, `${name}.bn1`, narrow),
    convolution(`${name}.conv2`, `${name}.bn2`, middle),
    convolution(`${name}.conv3`, `${name}.bn3`, widen),
  ];
}

function convolution(
  name: string,
  batchNorm: string,
  sizes: Pick<Convolution, 'inChannels' | 'outChannels' | 'kernel' | 'stride' | 'activation'>,
): Convolution {
  return {
    name,
    batchNorm: { name: batchNorm, epsilon: EPSILON },
    padding: symmetricPadding((sizes.kernel - 1) / 2),
    ...sizes,
  };
}
