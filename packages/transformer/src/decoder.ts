import * as tf from '@tensorflow/tfjs';
import { dropout, LayerNorm, normal } from '@uniad/nn';
import type { Generator, Parameters } from '@uniad/nn';
import { MultiheadAttention } from './attention.js';
import { FeedForward } from './feed-forward.js';
import type { LayerOptions } from './layer-options.js';

/** The masks of the two attentions of a decoder layer, `[tokens, tokens]`, each absent for full attention. */
export interface DecoderMasks {
  readonly memory?: tf.Tensor2D | undefined;
  readonly previous?: tf.Tensor2D | undefined;
}

/**
 * A layer of the layer-wise query decoder, design (a) of figure A1: a learned query embedding looks first at the
 * encoder embeddings, and what comes of it looks at the previous layer's output (UniAD, section 3.2).
 */
export class DecoderLayer {
  private readonly queryEmbedding: tf.Variable; // [tokens, width]
  private readonly memoryAttention: MultiheadAttention;
  private readonly previousAttention: MultiheadAttention;
  private readonly feedForward: FeedForward;
  private readonly norm1: LayerNorm;
  private readonly norm2: LayerNorm;
  private readonly norm3: LayerNorm;

  constructor(
    parameters: Parameters,
    tokens: number,
    private readonly options: LayerOptions,
    generator: Generator,
  ) {
    const { width, heads, feedForwardWidth, dropoutRate } = options;
    this.queryEmbedding = parameters.create('learned_embed.weight', [tokens, width], normal(generator, 0, 1));
    this.memoryAttention = new MultiheadAttention(parameters.scope('self_attn'), width, heads, dropoutRate, generator);
    this.previousAttention = new MultiheadAttention(
      parameters.scope('multihead_attn'),
      width,
      heads,
      dropoutRate,
      generator,
    );
    this.feedForward = new FeedForward(parameters, width, feedForwardWidth, dropoutRate, generator);
    this.norm1 = new LayerNorm(parameters.scope('norm1'), width);
    this.norm2 = new LayerNorm(parameters.scope('norm2'), width);
    this.norm3 = new LayerNorm(parameters.scope('norm3'), width);
  }

  /**
   * @param previous the previous layer's output, `[batch, tokens, width]`
   * @param memory the encoder embeddings, `[batch, tokens, width]`
   * @param position `[1, tokens, width]`
   * @param generator draws dropout; absent in evaluation
   */
  forward(
    previous: tf.Tensor3D,
    memory: tf.Tensor3D,
    position: tf.Tensor3D,
    masks: DecoderMasks,
    generator?: Generator,
  ): tf.Tensor3D {
    const drop = (x: tf.Tensor3D) => (generator ? dropout(x, this.options.dropoutRate, generator) : x) as tf.Tensor3D;
    const placed = (x: tf.Tensor3D) => tf.add(x, position) as tf.Tensor3D;
    const lookAtMemory = (x: tf.Tensor3D) =>
      drop(this.memoryAttention.forward(placed(x), placed(memory), memory, masks.memory, generator));
    const lookAtPrevious = (x: tf.Tensor3D) =>
      drop(this.previousAttention.forward(placed(x), placed(previous), previous, masks.previous, generator));
    const feed = (x: tf.Tensor3D) => drop(this.feedForward.forward(x, generator));
    // One query for the whole batch, [1, tokens, width]: its projection is computed once and shared.
    const query = tf.expandDims(this.queryEmbedding, 0) as tf.Tensor3D;
    const norm1 = (x: tf.Tensor) => this.norm1.forward(x) as tf.Tensor3D;
    const norm2 = (x: tf.Tensor) => this.norm2.forward(x) as tf.Tensor3D;
    const norm3 = (x: tf.Tensor) => this.norm3.forward(x) as tf.Tensor3D;
    if (this.options.norm === 'pre') {
      const informed = tf.add(query, lookAtMemory(norm1(query)));
      const fused = tf.add(informed, lookAtPrevious(norm2(informed)));
      return tf.add(fused, feed(norm3(fused)));
    }
    const informed = norm1(tf.add(query, lookAtMemory(query)));
    const fused = norm2(tf.add(informed, lookAtPrevious(informed)));
    return norm3(tf.add(fused, feed(fused)));
  }
}

/** The layer-wise query decoder: each layer has a query embedding of its own; a layer norm closes the stack. */
export class Decoder {
  private readonly layers: DecoderLayer[];
  private readonly norm: LayerNorm;

  constructor(parameters: Parameters, layers: number, tokens: number, options: LayerOptions, generator: Generator) {
    this.layers = Array.from(
      { length: layers },
      (_, i) => new DecoderLayer(parameters.scope(`layers.${i}`), tokens, options, generator),
    );
    this.norm = new LayerNorm(parameters.scope('norm'), options.width);
  }

  /**
   * @param memory the encoder embeddings, `[batch, tokens, width]`; the first layer takes them as its previous output too
   * @returns `[batch, tokens, width]`
   */
  forward(memory: tf.Tensor3D, position: tf.Tensor3D, masks: DecoderMasks, generator?: Generator): tf.Tensor3D {
    const output = this.layers.reduce(
      (previous, layer) => layer.forward(previous, memory, position, masks, generator),
      memory,
    );
    return this.norm.forward(output) as tf.Tensor3D;
  }
}
