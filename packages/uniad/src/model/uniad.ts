import * as tf from '@tensorflow/tfjs';
import { Linear, Parameters, xavierUniform, zeros } from '@uniad/nn';
import type { Generator, StateDict } from '@uniad/nn';
import { Decoder, Encoder, LearnedPositionEmbedding, neighborMask, SinePositionEmbedding } from '@uniad/transformer';
import type { PositionEmbedding } from '@uniad/transformer';
import type { UniADConfig } from '../config.js';
import { jitter } from './jitter.js';
import { Standardisation } from './standardisation.js';

/**
 * The reconstruction network of UniAD (section 3.2, figure 3): a linear map to `hiddenDim`, the neighbor masked
 * encoder, the layer-wise query decoder, and a linear map back. Parameters carry the official implementation's names.
 */
export class UniAD {
  readonly parameters = new Parameters();
  private readonly inputProjection: Linear;
  private readonly outputProjection: Linear;
  private readonly position: PositionEmbedding;
  private readonly encoder: Encoder;
  private readonly decoder: Decoder;
  private readonly mask: tf.Tensor2D | undefined; // [tokens, tokens]
  private standardisation: Standardisation | undefined;

  /**
   * @param channels of the features to reconstruct
   * @param generator draws the initial parameters
   */
  constructor(
    readonly config: UniADConfig,
    readonly channels: number,
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
    };
    this.mask = config.neighborMask ? neighborMask(featureSize, config.neighborMask.size) : undefined;
    this.position =
      config.positionEmbedding === 'learned'
        ? new LearnedPositionEmbedding(this.parameters.scope('pos_embed'), featureSize, hiddenDim, generator)
        : new SinePositionEmbedding(featureSize, hiddenDim);
    this.encoder = new Encoder(this.parameters.scope('transformer.encoder'), config.encoderLayers, layer, generator);
    this.decoder = new Decoder(this.parameters.scope('transformer.decoder'), config.decoderLayers, tokens, layer, generator);
    const linear = { weight: xavierUniform(generator), bias: zeros };
    this.inputProjection = new Linear(this.parameters.scope('input_proj'), channels, hiddenDim, linear);
    this.outputProjection = new Linear(this.parameters.scope('output_proj'), hiddenDim, channels, linear);
  }

  /**
   * Reconstructs feature maps `[batch, height, width, channels]`, standardised where the configuration says so.
   *
   * @param generator draws jitter and dropout while training; absent in evaluation
   * @returns the same shape
   */
  reconstruct(features: tf.Tensor4D, generator?: Generator): tf.Tensor4D {
    const [batch, height, width, channels] = features.shape;
    const mask = this.config.neighborMask;
    return tf.tidy(() => {
      const tokens = tf.reshape(features, [batch, height * width, channels]) as tf.Tensor3D;
      const input = this.inputProjection.forward(generator ? jitter(tokens, this.config.jitter, generator) : tokens) as tf.Tensor3D;
      const position = this.position.forward(); // [1, tokens, hiddenDim]
      const memory = this.encoder.forward(input, position, mask?.encoder ? this.mask : undefined, generator);
      const masks = { memory: mask?.decoderMemory ? this.mask : undefined, previous: mask?.decoderPrevious ? this.mask : undefined };
      const decoded = this.decoder.forward(memory, position, masks, generator);
      return tf.reshape(this.outputProjection.forward(decoded), features.shape);
    });
  }

  /** Feature maps as {@link reconstruct} and what compares with it take them: standardised where the configuration says so. */
  standardise(features: tf.Tensor4D): tf.Tensor4D {
    return this.standardisation ? this.standardisation.forward(features) : features;
  }

  /** Takes over what was measured on the training pictures, for a configuration with `standardise`. */
  useStandardisation(measured: Standardisation): void {
    this.standardisation?.dispose();
    this.standardisation = measured;
  }

  stateDict(): StateDict {
    return { ...this.parameters.stateDict(), ...this.standardisation?.stateDict() };
  }

  /** @throws StateDictError listing what is missing, unexpected or misshapen; nothing is loaded then */
  loadStateDict(state: StateDict): void {
    if (!this.config.standardise) return this.parameters.loadStateDict(state);
    const { standardisation, rest } = Standardisation.from(state, this.channels);
    try {
      this.parameters.loadStateDict(rest);
    } catch (error) {
      standardisation.dispose();
      throw error;
    }
    this.useStandardisation(standardisation);
  }

  dispose(): void {
    this.parameters.dispose();
    this.position.dispose();
    this.mask?.dispose();
    this.standardisation?.dispose();
  }
}
