import * as tf from '@tensorflow/tfjs';
import type { Generator, Parameters } from '@uniad/nn';
import type { ReconstructionConfig } from '../config.js';
import { BasicBlock } from './basic-block.js';
import type { ReconstructionNetwork } from './network.js';

/** Blocks of each stage of ResNet-34 (He et al. 2016). */
const BLOCKS = [3, 4, 6, 3] as const;

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
