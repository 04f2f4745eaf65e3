import * as tf from '@tensorflow/tfjs';
import { dropout, LayerNorm, normal } from '@uniad/nn';
import type { Generator, Parameters } from '@uniad/nn';
import { MultiheadAttention } from './attention.js';
import { decoderDesigns, vanillaWiring } from './decoder-wiring.js';
import type { AttentionWiring, DecoderDesign, DecoderWiring, Source } from './decoder-wiring.js';
import { expectLayers, expectOneOf } from './error.js';
import { FeedForward } from './feed-forward.js';
import type { LayerOptions } from './layer-options.js';
import { residual } from './residual.js';

/** The masks of the two attentions of a decoder layer, `[tokens, tokens]`, each absent for full attention. */
export interface DecoderMasks {
  readonly first?: tf.Tensor2D | undefined;
  readonly second?: tf.Tensor2D | undefined;
}

/** What a decoder layer reads beside its own query embedding, `[batch, tokens, width]` each. */
export interface DecoderInputs {
  /** The encoder embeddings. */
  readonly encoder: tf.Tensor3D;
  /** The previous layer's output; a batch of 1 is shared. */
  readonly previous: tf.Tensor3D;
}

/** A decoder layer: two attentions, wired as told, and a feed-forward network, each with a residual connection. */
export class DecoderLayer {
  private readonly queryEmbedding: tf.Variable | undefined; // [tokens, width]
  private readonly firstAttention: MultiheadAttention;
  private readonly secondAttention: MultiheadAttention;
  private readonly feedForward: FeedForward;
  private readonly norm1: LayerNorm;
  private readonly norm2: LayerNorm;
  private readonly norm3: LayerNorm;

  /**
   * @param wiring the layer has a query embedding of its own where an attention takes one
   * @throws TransformerError for options that cannot be
   */
  constructor(
    parameters: Parameters,
    tokens: number,
    private readonly wiring: DecoderWiring,
    private readonly options: LayerOptions,
    generator: Generator,
  ) {
    const { width, heads, dropoutRate, norm = 'post' } = options;
    expectOneOf('norm', ['post', 'pre'], norm);
    const asks = [wiring.first, wiring.second].some(({ query, keyValue }) => query === 'query' || keyValue === 'query');
    this.queryEmbedding = asks ? createQueryEmbedding(parameters, tokens, width, generator) : undefined;
    // The official code's names, which tell the place of the attentions and not what they attend to.
    this.firstAttention = new MultiheadAttention(parameters.scope('self_attn'), width, heads, dropoutRate, generator);
    this.secondAttention = new MultiheadAttention(
      parameters.scope('multihead_attn'),
      width,
      heads,
      dropoutRate,
      generator,
    );
    this.feedForward = new FeedForward(parameters, options, generator);
    this.norm1 = new LayerNorm(parameters.scope('norm1'), width);
    this.norm2 = new LayerNorm(parameters.scope('norm2'), width);
    this.norm3 = new LayerNorm(parameters.scope('norm3'), width);
  }

  /**
   * @param position `[1, tokens, width]`, added to query and key of both attentions
   * @param generator draws dropout; absent in evaluation
   * @returns `[batch, tokens, width]`
   */
  forward(inputs: DecoderInputs, position: tf.Tensor3D, masks: DecoderMasks, generator?: Generator): tf.Tensor3D {
    const { norm = 'post', dropoutRate } = this.options;
    const drop = (x: tf.Tensor3D) => (generator ? dropout(x, dropoutRate, generator) : x) as tf.Tensor3D;
    const placed = (x: tf.Tensor3D) => tf.add(x, position) as tf.Tensor3D;
    const attend = (
      attention: MultiheadAttention,
      norms: LayerNorm,
      { query, keyValue }: AttentionWiring,
      sources: Partial<Record<Source, tf.Tensor3D>>,
      mask: tf.Tensor2D | undefined,
    ) =>
      residual(sources[query]!, norms, norm, (x) => {
        // What attends to itself is normed as a whole; other keys and values are taken as they are.
        const seen = keyValue === query ? x : sources[keyValue]!;
        return drop(attention.forward(placed(x), placed(seen), seen, mask, generator));
      });
    const query = this.queryEmbedding && shared(this.queryEmbedding);
    const sources = { ...inputs, ...(query && { query }) };
    const result = attend(this.firstAttention, this.norm1, this.wiring.first, sources, masks.first);
    const fused = attend(this.secondAttention, this.norm2, this.wiring.second, { ...sources, result }, masks.second);
    return residual(fused, this.norm3, norm, (x) => drop(this.feedForward.forward(x, generator)));
  }
}

export interface DecoderOptions extends LayerOptions {
  /**
   * Learned query embeddings (UniAD, tables 5a and A2): one in each layer (the default), or a vanilla decoder whose first
   * self-attention takes the `one` embedding that there is, or with `none` the encoder embeddings.
   */
  readonly queries?: 'layer-wise' | 'one' | 'none';
  /** How layer-wise queries, encoder embeddings and previous outputs meet (figure A1); `a` unless told. */
  readonly design?: DecoderDesign;
}

/** The query decoder of UniAD (section 3.2) or of the vanilla transformer (appendix B.1): layers, closed by a layer norm. */
export class Decoder {
  private readonly queryEmbedding: tf.Variable | undefined; // [tokens, width]
  private readonly layers: DecoderLayer[];
  private readonly norm: LayerNorm;

  /**
   * @param layers how many; with 0 the decoder gives back the encoder embeddings, normed
   * @throws TransformerError for options that cannot be
   */
  constructor(parameters: Parameters, layers: number, tokens: number, options: DecoderOptions, generator: Generator) {
    const { width, queries = 'layer-wise', design = 'a' } = options;
    expectLayers(layers);
    expectOneOf('queries', ['layer-wise', 'one', 'none'], queries);
    expectOneOf('design', Object.keys(decoderDesigns), design);
    const wiring = queries === 'layer-wise' ? decoderDesigns[design] : vanillaWiring;
    // Without a layer nothing would read it.
    const one = queries === 'one' && layers > 0;
    this.queryEmbedding = one ? createQueryEmbedding(parameters, tokens, width, generator) : undefined;
    this.layers = Array.from(
      { length: layers },
      (_, i) => new DecoderLayer(parameters.scope(`layers.${i}`), tokens, wiring, options, generator),
    );
    this.norm = new LayerNorm(parameters.scope('norm'), width);
  }

  /**
   * @param encoder the encoder embeddings, `[batch, tokens, width]`
   * @param position `[1, tokens, width]`, added to query and key of every attention
   * @param generator draws dropout; absent in evaluation
   * @returns `[batch, tokens, width]`
   */
  forward(encoder: tf.Tensor3D, position: tf.Tensor3D, masks: DecoderMasks, generator?: Generator): tf.Tensor3D {
    const output = this.layers.reduce(
      (previous, layer) => layer.forward({ encoder, previous }, position, masks, generator),
      this.firstInput(encoder, generator),
    );
    return this.norm.forward(output) as tf.Tensor3D;
  }

  /** What stands for the previous layer's output in the first layer. */
  private firstInput(encoder: tf.Tensor3D, generator: Generator | undefined): tf.Tensor3D {
    if (!this.queryEmbedding) return encoder;
    const query = shared(this.queryEmbedding);
    // Every picture has a dropout of its own in the self-attention; without dropout it is computed once for all.
    return generator ? tf.tile(query, [encoder.shape[0], 1, 1]) : query;
  }
}

function createQueryEmbedding(
  parameters: Parameters,
  tokens: number,
  width: number,
  generator: Generator,
): tf.Variable {
  return parameters.create('learned_embed.weight', [tokens, width], normal(generator, 0, 1));
}

/** `[tokens, width]` to `[1, tokens, width]`: one query for the whole batch, whose projection is computed once. */
function shared(embedding: tf.Variable): tf.Tensor3D {
  return tf.expandDims(embedding, 0) as tf.Tensor3D;
}
