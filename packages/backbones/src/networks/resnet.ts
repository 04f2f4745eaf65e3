import * as tf from '@tensorflow/tfjs';
import { Convolution } from './convolution.js';
import type { Block, Network } from './network.js';
import { symmetricPadding } from './padding.js';

/** ResNet (He et al. 2016), torchvision's layout: the stride of a bottleneck sits in its 3x3 convolution. */
export interface ResNetVariant {
  readonly block: 'basic' | 'bottleneck';
  /** Blocks in each of the four layers. */
  readonly depths: readonly [number, number, number, number];
  /** Width of the bottleneck's 3x3 convolution, relative to ResNet (Zagoruyko and Komodakis 2016). */
  readonly widthFactor?: number;
}

export const resNetVariants: Readonly<Record<string, ResNetVariant>> = {
  resnet18: { block: 'basic', depths: [2, 2, 2, 2] },
  resnet34: { block: 'basic', depths: [3, 4, 6, 3] },
  resnet50: { block: 'bottleneck', depths: [3, 4, 6, 3] },
  resnet101: { block: 'bottleneck', depths: [3, 4, 23, 3] },
  resnet152: { block: 'bottleneck', depths: [3, 8, 36, 3] },
  wide_resnet50_2: { block: 'bottleneck', depths: [3, 4, 6, 3], widthFactor: 2 },
};

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

  forward(x: tf.Tensor4D): tf.Tensor4D {
    return tf.maxPool(this.convolution.forward(x), 3, 2, 1);
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
  private readonly downsample: readonly Convolution[];

  constructor(name: string, kind: ResNetVariant['block'], { inChannels, outChannels, width, stride }: BlockSizes) {
    this.main =
      kind === 'basic'
        ? [
            convolution(`${name}.conv1`, `${name}.bn1`, {
              inChannels,
              outChannels,
              kernel: 3,
              stride,
              activation: 'relu',
            }),
            convolution(`${name}.conv2`, `${name}.bn2`, { inChannels: outChannels, outChannels, kernel: 3, stride: 1 }),
          ]
        : [
            convolution(`${name}.conv1`, `${name}.bn1`, {
              inChannels,
              outChannels: width,
              kernel: 1,
              stride: 1,
              activation: 'relu',
            }),
            convolution(`${name}.conv2`, `${name}.bn2`, {
              inChannels: width,
              outChannels: width,
              kernel: 3,
              stride,
              activation: 'relu',
            }),
            convolution(`${name}.conv3`, `${name}.bn3`, { inChannels: width, outChannels, kernel: 1, stride: 1 }),
          ];
    this.downsample =
      stride === 1 && inChannels === outChannels
        ? []
        : [convolution(`${name}.downsample.0`, `${name}.downsample.1`, { inChannels, outChannels, kernel: 1, stride })];
  }

  get convolutions(): readonly Convolution[] {
    return [...this.main, ...this.downsample];
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    const residual = this.main.reduce((y, layer) => layer.forward(y), x);
    const shortcut = this.downsample.reduce((y, layer) => layer.forward(y), x);
    return tf.relu(tf.add<tf.Tensor4D>(residual, shortcut));
  }
}

interface ConvolutionSizes {
  readonly inChannels: number;
  readonly outChannels: number;
  readonly kernel: number;
  readonly stride: number;
  readonly activation?: 'relu';
}

function convolution(name: string, batchNorm: string, sizes: ConvolutionSizes): Convolution {
  return new Convolution({
    name,
    batchNorm: { name: batchNorm, epsilon: EPSILON },
    padding: symmetricPadding((sizes.kernel - 1) / 2),
    ...sizes,
  });
}
