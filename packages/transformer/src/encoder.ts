import * as tf from '@tensorflow/tfjs';
import { dropout, LayerNorm } from '@uniad/nn';
import type { Generator, Parameters } from '@uniad/nn';
import { MultiheadAttention } from './attention.js';
import { expectLayers, expectOneOf } from './error.js';
import { FeedForward } from './feed-forward.js';
import type { LayerOptions } from './layer-options.js';
import { residual } from './residual.js';

/** Neighbor masked self-attention, then a feed-forward network, each with a residual connection (UniAD, section 3.2). */
export class EncoderLayer {
  private readonly attention: MultiheadAttention;
  private readonly feedForward: FeedForward;
  private readonly norm1: LayerNorm;
  private readonly norm2: LayerNorm;

  /** @throws TransformerError for options that cannot be */
  constructor(
    parameters: Parameters,
    private readonly options: LayerOptions,
    generator: Generator,
  ) {
    const { width, heads, dropoutRate, norm = 'post' } = options;
    expectOneOf('norm', ['post', 'pre'], norm);
    this.attention = new MultiheadAttention(parameters.scope('self_attn'), width, heads, dropoutRate, generator);
    this.feedForward = new FeedForward(parameters, options, generator);
    this.norm1 = new LayerNorm(parameters.scope('norm1'), width);
    this.norm2 = new LayerNorm(parameters.scope('norm2'), width);
  }

  /**
   * @param source `[batch, tokens, width]`
   * @param position `[1, tokens, width]`, added to query and key
   * @param mask `[tokens, tokens]`, added to the attention logits
   * @param generator draws dropout; absent in evaluation
   * @returns the shape of `source`
   */
  forward(source: tf.Tensor3D, position: tf.Tensor3D, mask?: tf.Tensor2D, generator?: Generator): tf.Tensor3D {
    const { norm = 'post', dropoutRate } = this.options;
    const drop = (x: tf.Tensor3D) => (generator ? dropout(x, dropoutRate, generator) : x) as tf.Tensor3D;
    const attended = residual(source, this.norm1, norm, (x) => {
      const placed = tf.add(x, position) as tf.Tensor3D;
      return drop(this.attention.forward(placed, placed, x, mask, generator));
    });
    return residual(attended, this.norm2, norm, (x) => drop(this.feedForward.forward(x, generator)));
  }
}

/** The neighbor masked encoder: a stack of layers, closed by a layer norm when the layers are pre-norm. */
export class Encoder {
  private readonly layers: EncoderLayer[];
  private readonly norm: LayerNorm | undefined;

  /**
   * @param layers how many; with 0 the encoder gives back what it is given, normed when the layers would be pre-norm
   * @throws TransformerError for options that cannot be
   */
  constructor(parameters: Parameters, layers: number, options: LayerOptions, generator: Generator) {
    expectLayers(layers);
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
