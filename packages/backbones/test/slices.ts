import type * as tf from '@tensorflow/tfjs';
import type { Generator, Parameters } from '@uniad/nn';
import { networks } from '../src/architectures.js';
import type { BackboneName } from '../src/architectures.js';
import { randomParameters } from '../src/networks/convolution.js';
import type { Block } from '../src/networks/network.js';
import { TrainableConvolution } from '../src/trainable-convolution.js';

/** Blocks of networks that between them hold everything a backbone is made of. */
export const slices = {
  'squeeze and excite, 5x5 depthwise with stride 2': ['efficientnet_b0', 3, 0],
  'depthwise without expansion, ReLU6, shortcut': ['tf_efficientnet_lite4', 1, 0],
  'inverted residual with ReLU6 and stride 2': ['tf_efficientnet_lite0', 2, 0],
  'plain block with shortcut': ['tf_efficientnetv2_s', 1, 0],
  'fused residual with stride 2': ['tf_efficientnetv2_b0', 2, 0],
  'basic block': ['resnet18', 1, 0],
  'bottleneck with another shortcut': ['resnet26', 1, 0],
} as const satisfies Readonly<Record<string, readonly [BackboneName, stage: number, block: number]>>;

export const sliceNames = Object.keys(slices) as (keyof typeof slices)[];

/** One block of a network by itself, trainable, with random weights. */
export function trainableSlice(
  slice: keyof typeof slices,
  parameters: Parameters,
  generator: Generator,
): { readonly channels: number; forward(x: tf.Tensor4D, training: boolean): tf.Tensor4D } {
  const [name, stage, index] = slices[slice];
  const block: Block = networks(name)[0].stages[stage - 1]!.blocks[index]!;
  const layers = new Map(
    block.convolutions.map((convolution) => {
      const state = Object.fromEntries(randomParameters(convolution, generator));
      return [convolution, new TrainableConvolution(convolution, parameters, state)];
    }),
  );
  return {
    channels: block.convolutions[0]!.inChannels,
    forward: (x, training) => block.forward(x, (convolution, y) => layers.get(convolution)!.forward(y, training)),
  };
}
