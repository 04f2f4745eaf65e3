import * as tf from '@tensorflow/tfjs';
import { dropout, LayerNorm, Linear, normal, xavierUniform, zeros } from '@uniad/nn';
import type { Generator, Parameters } from '@uniad/nn';
import { FeedForward } from '@uniad/transformer';
import type { ReconstructionConfig } from '../config.js';
import type { ReconstructionNetwork } from './network.js';

/** A linear map, a layer norm and ReLU: what stands in place of an attention (section B.1). */
class Projection {
  private readonly linear: Linear;
  private readonly norm: LayerNorm;

  constructor(parameters: Parameters, inputs: number, width: number, generator: Generator) {
    const initialisers = { weight: xavierUniform(generator), bias: zeros };
    this.linear = new Linear(parameters.scope('linear'), inputs, width, initialisers);
    this.norm = new LayerNorm(parameters.scope('norm'), width);
  }

  /** `[batch, tokens, inputs]` to `[batch, tokens, width]`. */
  forward(x: tf.Tensor3D): tf.Tensor3D {
    return tf.relu(this.norm.forward(this.linear.forward(x))) as tf.Tensor3D;
  }
}

type Part = (x: tf.Tensor3D) => tf.Tensor3D;

/** Projection and feed-forward network of an encoder layer, each with a residual connection and a layer norm behind it. */
class EncoderLayer {
  private readonly projection: Projection;
  private readonly feedForward: FeedForward;
  private readonly norm1: LayerNorm;
  private readonly norm2: LayerNorm;

  constructor(parameters: Parameters, config: ReconstructionConfig, generator: Generator) {
    const { hiddenDim } = config;
    this.projection = new Projection(parameters.scope('self'), hiddenDim, hiddenDim, generator);
    this.feedForward = newFeedForward(parameters, config, generator);
    this.norm1 = new LayerNorm(parameters.scope('norm1'), hiddenDim);
    this.norm2 = new LayerNorm(parameters.scope('norm2'), hiddenDim);
  }

  /** `[batch, tokens, hiddenDim]` to the same shape. */
  forward(x: tf.Tensor3D, drop: Part, generator?: Generator): tf.Tensor3D {
    const projected = this.norm1.forward(tf.add(x, drop(this.projection.forward(x)))) as tf.Tensor3D;
    return this.norm2.forward(tf.add(projected, drop(this.feedForward.forward(projected, generator)))) as tf.Tensor3D;
  }
}

/** Like a decoder layer of the vanilla transformer: on itself, on itself beside the encoder embeddings, feed-forward. */
class DecoderLayer {
  private readonly selfProjection: Projection;
  private readonly crossProjection: Projection;
  private readonly feedForward: FeedForward;
  private readonly norms: readonly [LayerNorm, LayerNorm, LayerNorm];

  constructor(parameters: Parameters, config: ReconstructionConfig, generator: Generator) {
    const { hiddenDim } = config;
    this.selfProjection = new Projection(parameters.scope('self'), hiddenDim, hiddenDim, generator);
    this.crossProjection = new Projection(parameters.scope('cross'), 2 * hiddenDim, hiddenDim, generator);
    this.feedForward = newFeedForward(parameters, config, generator);
    const norm = (name: string) => new LayerNorm(parameters.scope(name), hiddenDim);
    this.norms = [norm('norm1'), norm('norm2'), norm('norm3')];
  }

  /**
   * @param x and memory (the encoder embeddings) `[batch, tokens, hiddenDim]`
   * @returns the same shape
   */
  forward(x: tf.Tensor3D, memory: tf.Tensor3D, drop: Part, generator?: Generator): tf.Tensor3D {
    const [norm1, norm2, norm3] = this.norms;
    const own = norm1.forward(tf.add(x, drop(this.selfProjection.forward(x)))) as tf.Tensor3D;
    const both = tf.concat([own, memory], -1); // [batch, tokens, 2 hiddenDim]
    const joined = norm2.forward(tf.add(own, drop(this.crossProjection.forward(both)))) as tf.Tensor3D;
    return norm3.forward(tf.add(joined, drop(this.feedForward.forward(joined, generator)))) as tf.Tensor3D;
  }
}

function newFeedForward(parameters: Parameters, config: ReconstructionConfig, generator: Generator): FeedForward {
  const { hiddenDim, feedForwardDim, dropout, activation } = config;
  return new FeedForward(
    parameters,
    { width: hiddenDim, feedForwardWidth: feedForwardDim, dropoutRate: dropout, activation },
    generator,
  );
}

/**
 * The MLP baseline (section B.1): the vanilla transformer with every attention replaced by a {@link Projection}, so that no
 * token learns of another, and without position embeddings. With `queries: 'none'` the encoder embeddings go into the decoder.
 */
export class Mlp implements ReconstructionNetwork {
  private readonly encoder: readonly EncoderLayer[];
  private readonly decoder: readonly DecoderLayer[];
  private readonly query: tf.Variable | undefined; // [tokens, hiddenDim]

  constructor(
    parameters: Parameters,
    private readonly config: ReconstructionConfig,
    generator: Generator,
  ) {
    const { encoderLayers, decoderLayers, featureSize, hiddenDim, queries } = config;
    const layers = <Layer>(
      count: number,
      part: string,
      Class: new (...args: [Parameters, ReconstructionConfig, Generator]) => Layer,
    ) =>
      Array.from(
        { length: count },
        (_, i) => new Class(parameters.scope(`mlp.${part}.layers.${i}`), config, generator),
      );
    this.encoder = layers(encoderLayers, 'encoder', EncoderLayer);
    this.decoder = layers(decoderLayers, 'decoder', DecoderLayer);
    const tokens = featureSize[0] * featureSize[1];
    if (queries !== 'none')
      this.query = parameters.create('mlp.query.weight', [tokens, hiddenDim], normal(generator, 0, 1));
  }

  forward(tokens: tf.Tensor3D, generator?: Generator): tf.Tensor3D {
    const drop: Part = (x) => (generator ? (dropout(x, this.config.dropout, generator) as tf.Tensor3D) : x);
    const memory = this.encoder.reduce((x, layer) => layer.forward(x, drop, generator), tokens);
    const query = this.query ? (tf.add(tf.zerosLike(memory), this.query) as tf.Tensor3D) : memory; // one for the whole batch
    return this.decoder.reduce((x, layer) => layer.forward(x, memory, drop, generator), query);
  }

  dispose(): void {}
}
