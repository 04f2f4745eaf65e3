import * as tf from '@tensorflow/tfjs';
import { dropout, LayerNorm } from '@uniad/nn';
import type { Generator, Parameters } from '@uniad/nn';
import { MultiheadAttention } from './attention.js';
import { FeedForward } from './feed-forward.js';
import type { LayerOptions } from './layer-options.js';

/** Neighbor masked self-attention, then a feed-forward network, each with a residual connection (UniAD, section 3.2). */
export class EncoderLayer {
  private readonly selfAttention: MultiheadAttention;
  private readonly feedForward: FeedForward;
  private readonly norm1: LayerNorm;
  private readonly norm2: LayerNorm;

  constructor(
    parameters: Parameters,
    private readonly options: LayerOptions,
    generator: Generator,
  ) {
    const { width, heads, feedForwardWidth, dropoutRate } = options;
    this.selfAttention = new MultiheadAttention(parameters.scope('self_attn'), width, heads, dropoutRate, generator);
    this.feedForward = new FeedForward(parameters, width, feedForwardWidth, dropoutRate, generator);
    this.norm1 = new LayerNorm(parameters.scope('norm1'), width);
    this.norm2 = new LayerNorm(parameters.scope('norm2'), width);
  }

  /**
   * @param source `[batch, tokens, width]`
   * @param position `[1, tokens, width]`
   * @param mask `[tokens, tokens]`, added to the attention logits
   * @param generator draws dropout; absent in evaluation
   */
  forward(source: tf.Tensor3D, position: tf.Tensor3D, mask?: tf.Tensor2D, generator?: Generator): tf.Tensor3D {
    const drop = (x: tf.Tensor3D) => (generator ? dropout(x, this.options.dropoutRate, generator) : x) as tf.Tensor3D;
    const attend = (x: tf.Tensor3D) => {
      const placed = tf.add(x, position) as tf.Tensor3D;
      return drop(this.selfAttention.forward(placed, placed, x, mask, generator));
    };
    const feed = (x: tf.Tensor3D) => drop(this.feedForward.forward(x, generator));
    if (this.options.norm === 'pre') {
      const attended = tf.add(source, attend(this.norm1.forward(source) as tf.Tensor3D)) as tf.Tensor3D;
      return tf.add(attended, feed(this.norm2.forward(attended) as tf.Tensor3D));
    }
    const attended = this.norm1.forward(tf.add(source, attend(source))) as tf.Tensor3D;
    return this.norm2.forward(tf.add(attended, feed(attended))) as tf.Tensor3D;
  }
}

/** The neighbor masked encoder: a stack of layers, closed by a layer norm when the layers are pre-norm. */
export class Encoder {
  private readonly layers: EncoderLayer[];
  private readonly norm: LayerNorm | undefined;

  constructor(parameters: Parameters, layers: number, options: LayerOptions, generator: Generator) {
    this.layers = Array.from(
      { length: layers },
      (_, i) => new EncoderLayer(parameters.scope(`layers.${i}`), options, generator),
    );
    this.norm = options.norm === 'pre' ? new LayerNorm(parameters.scope('norm'), options.width) : undefined;
  }

  /** `[batch, tokens, width]` to the encoder embeddings of the same shape; see {@link EncoderLayer.forward}. */
  forward(source: tf.Tensor3D, position: tf.Tensor3D, mask?: tf.Tensor2D, generator?: Generator): tf.Tensor3D {
    const output = this.layers.reduce((x, layer) => layer.forward(x, position, mask, generator), source);
    return this.norm ? (this.norm.forward(output) as tf.Tensor3D) : output;
  }
}
