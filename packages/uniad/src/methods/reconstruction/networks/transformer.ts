import type * as tf from '@tensorflow/tfjs';
import type { Generator, Parameters } from '@uniad/nn';
import { Decoder, Encoder, LearnedPositionEmbedding, neighborMask, SinePositionEmbedding } from '@uniad/transformer';
import type { PositionEmbedding } from '@uniad/transformer';
import type { ReconstructionConfig } from '../config.js';
import type { ReconstructionNetwork } from './network.js';

/**
 * UniAD's network (section 3.2, figure 3): the neighbor masked encoder and the layer-wise query decoder; with other
 * `queries`, the vanilla transformer. Parameters carry the official implementation's names.
 */
export class Transformer implements ReconstructionNetwork {
  private readonly position: PositionEmbedding;
  private readonly encoder: Encoder;
  private readonly decoder: Decoder;
  private readonly mask: tf.Tensor2D | undefined; // [tokens, tokens]

  constructor(
    parameters: Parameters,
    private readonly config: ReconstructionConfig,
    generator: Generator,
  ) {
    const { hiddenDim, featureSize } = config;
    const tokens = featureSize[0] * featureSize[1];
    const layer = {
      width: hiddenDim,
      heads: config.heads,
      feedForwardWidth: config.feedForwardDim,
      dropoutRate: config.dropout,
      norm: config.norm,
      activation: config.activation,
    };
    this.mask = config.neighborMask ? neighborMask(featureSize, config.neighborMask.size) : undefined;
    this.position =
      config.positionEmbedding === 'learned'
        ? new LearnedPositionEmbedding(parameters.scope('pos_embed'), featureSize, hiddenDim, generator)
        : new SinePositionEmbedding(featureSize, hiddenDim);
    this.encoder = new Encoder(parameters.scope('transformer.encoder'), config.encoderLayers, layer, generator);
    const wiring = { queries: config.queries, design: config.decoderDesign };
    const decoder = parameters.scope('transformer.decoder');
    this.decoder = new Decoder(decoder, config.decoderLayers, tokens, { ...layer, ...wiring }, generator);
  }

  forward(tokens: tf.Tensor3D, generator?: Generator): tf.Tensor3D {
    const { neighborMask } = this.config;
    const position = this.position.forward(); // [1, tokens, hiddenDim]
    const memory = this.encoder.forward(tokens, position, neighborMask?.encoder ? this.mask : undefined, generator);
    const masks = {
      first: neighborMask?.decoderFirst ? this.mask : undefined,
      second: neighborMask?.decoderSecond ? this.mask : undefined,
    };
    return this.decoder.forward(memory, position, masks, generator);
  }

  dispose(): void {
    this.position.dispose();
    this.mask?.dispose();
  }
}
