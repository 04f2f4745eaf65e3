import * as tf from '@tensorflow/tfjs';
import { BatchNorm2d, type Generator, normal, type Parameters } from '@uniad/nn';

/**
 * `uniad_tiny` while it trains: batch norms apart from their convolutions. Names and shapes are those of
 * `@uniad/backbones`, whose strict loading would refuse weights of any other network.
 */
export class Student {
  private readonly stem: NormalisedConvolution;
  private readonly stages: readonly (readonly FusedBlock[])[];

  constructor(parameters: Parameters, generator: Generator) {
    const make = (name: string, norm: string, sizes: Sizes) =>
      new NormalisedConvolution(parameters, generator, name, norm, sizes);
    this.stem = make('stem.conv', 'stem.bn', { inChannels: 3, outChannels: 16, kernel: 3, stride: 2 });
    let inChannels = 16;
    this.stages = LAYOUT.map(({ channels, blocks, middle, stride }, i) =>
      Array.from({ length: blocks }, (_, j) => {
        const name = `stages.${i}.${j}`;
        const strides = j === 0 ? stride : 1;
        const expand = make(`${name}.conv1`, `${name}.bn1`, {
          inChannels,
          outChannels: middle,
          kernel: 3,
          stride: strides,
        });
        const project = make(`${name}.conv2`, `${name}.bn2`, {
          inChannels: middle,
          outChannels: channels,
          kernel: 1,
          stride: 1,
        });
        const block = { expand, project, hasShortcut: strides === 1 && inChannels === channels };
        inChannels = channels;
        return block;
      }),
    );
  }

  /** `[batch, height, width, 3]` to the map of each stage. */
  forward(images: tf.Tensor4D): tf.Tensor4D[] {
    let x = tf.relu(this.stem.forward(images));
    return this.stages.map((blocks) => {
      for (const { expand, project, hasShortcut } of blocks) {
        const y = project.forward(tf.relu(expand.forward(x)));
        x = hasShortcut ? tf.add(y, x) : y;
      }
      return x;
    });
  }
}

const LAYOUT = [
  { channels: 16, blocks: 1, middle: 16, stride: 1 },
  { channels: 32, blocks: 2, middle: 48, stride: 2 },
  { channels: 48, blocks: 2, middle: 96, stride: 2 },
  { channels: 112, blocks: 3, middle: 192, stride: 2 },
] as const;
const EPSILON = 1e-3;

interface FusedBlock {
  readonly expand: NormalisedConvolution;
  readonly project: NormalisedConvolution;
  readonly hasShortcut: boolean;
}

interface Sizes {
  readonly inChannels: number;
  readonly outChannels: number;
  readonly kernel: 1 | 3;
  readonly stride: 1 | 2;
}

/** A convolution and the batch norm behind it. */
class NormalisedConvolution {
  private readonly weight: tf.Variable;
  private readonly norm: BatchNorm2d;
  private readonly stride: number;

  constructor(
    parameters: Parameters,
    generator: Generator,
    name: string,
    norm: string,
    { inChannels, outChannels, kernel, stride }: Sizes,
  ) {
    const deviation = Math.sqrt(2 / (inChannels * kernel * kernel));
    this.weight = parameters.create(
      `${name}.weight`,
      [outChannels, inChannels, kernel, kernel],
      normal(generator, 0, deviation),
    );
    this.norm = new BatchNorm2d(parameters.scope(norm), outChannels, { epsilon: EPSILON });
    this.stride = stride;
  }

  /** Pads as the teacher does, so that cells of both networks see the same pixels. */
  forward(x: tf.Tensor4D): tf.Tensor4D {
    const filter = tf.transpose(this.weight as tf.Tensor4D, [2, 3, 1, 0]); // [kernel, kernel, in, out]
    return this.norm.forward(tf.conv2d(x, filter, this.stride, 'same'), true);
  }
}
