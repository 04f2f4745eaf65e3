import * as tf from '@tensorflow/tfjs';
import { Linear, Parameters, xavierUniform, zeros } from '@uniad/nn';
import type { Generator, StateDict } from '@uniad/nn';
import { Decoder, Encoder, LearnedPositionEmbedding, neighborMask, SinePositionEmbedding } from '@uniad/transformer';
import type { PositionEmbedding } from '@uniad/transformer';
import type { UniADConfig } from '../config.js';
import { jitter } from './jitter.js';
import { tokenDifference } from './loss.js';
import { Whitening } from './whitening.js';

/** Where the whitenings stand in the state dict. */
const [FEATURES, RESIDUALS] = ['feature_whitening', 'residual_whitening'] as const;

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
  /** Measured on the training pictures; changes nothing before, and is absent where the configuration does not whiten. */
  featureWhitening: Whitening | undefined;
  /** Measured on the trained model's residuals; changes nothing before, and is absent where the distance is Euclidean. */
  residualWhitening: Whitening | undefined;

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
    this.decoder = new Decoder(
      this.parameters.scope('transformer.decoder'),
      config.decoderLayers,
      tokens,
      layer,
      generator,
    );
    const linear = { weight: xavierUniform(generator), bias: zeros };
    this.inputProjection = new Linear(this.parameters.scope('input_proj'), channels, hiddenDim, linear);
    this.outputProjection = new Linear(this.parameters.scope('output_proj'), hiddenDim, channels, linear);
    if (config.whiten) this.featureWhitening = Whitening.identity(channels);
    if (config.distance === 'mahalanobis') this.residualWhitening = Whitening.identity(channels);
  }

  /**
   * Reconstructs feature maps `[batch, height, width, channels]`, whitened where the configuration says so.
   *
   * @param generator draws jitter and dropout while training; absent in evaluation
   * @returns the same shape
   */
  reconstruct(features: tf.Tensor4D, generator?: Generator): tf.Tensor4D {
    const [batch, height, width, channels] = features.shape;
    const mask = this.config.neighborMask;
    return tf.tidy(() => {
      const tokens = tf.reshape(features, [batch, height * width, channels]) as tf.Tensor3D;
      const input = this.inputProjection.forward(
        generator ? jitter(tokens, this.config.jitter, generator) : tokens,
      ) as tf.Tensor3D;
      const position = this.position.forward(); // [1, tokens, hiddenDim]
      const memory = this.encoder.forward(input, position, mask?.encoder ? this.mask : undefined, generator);
      const masks = {
        memory: mask?.decoderMemory ? this.mask : undefined,
        previous: mask?.decoderPrevious ? this.mask : undefined,
      };
      const decoded = this.decoder.forward(memory, position, masks, generator);
      return tf.reshape(this.outputProjection.forward(decoded), features.shape);
    });
  }

  /** Feature maps as everything below takes them, `[batch, height, width, channels]`: whitened where the configuration says so. */
  whiten(features: tf.Tensor4D): tf.Tensor4D {
    return this.featureWhitening ? this.featureWhitening.forward(features) : features;
  }

  /** What the reconstruction leaves unexplained of feature maps, of the same shape. */
  residual(features: tf.Tensor4D): tf.Tensor4D {
    return tf.tidy(() => tf.sub(features, this.reconstruct(features)));
  }

  /** How far each token is from its reconstruction (equation 5), in the configuration's distance: `[batch, height, width]`. */
  difference(features: tf.Tensor4D): tf.Tensor3D {
    return tf.tidy(() => {
      if (!this.residualWhitening) return tokenDifference(features, this.reconstruct(features), this.config.loss);
      return tf.sqrt(tf.sum(tf.square(this.residualWhitening.forward(this.residual(features))), -1)) as tf.Tensor3D;
    });
  }

  async stateDict(): Promise<StateDict> {
    return {
      ...(await this.parameters.stateDict()),
      ...this.featureWhitening?.stateDict(FEATURES),
      ...this.residualWhitening?.stateDict(RESIDUALS),
    };
  }

  /**
   * @throws StateDictError listing what is missing, unexpected or misshapen, or RunError for a whitening of no use; nothing is loaded then
   */
  loadStateDict(state: StateDict): void {
    const features = this.featureWhitening && Whitening.from(state, FEATURES, this.channels);
    const residuals = this.residualWhitening && Whitening.from(state, RESIDUALS, this.channels);
    const measured = { ...features?.stateDict(FEATURES), ...residuals?.stateDict(RESIDUALS) };
    this.parameters.loadStateDict(Object.fromEntries(Object.entries(state).filter(([name]) => !(name in measured))));
    this.featureWhitening = features;
    this.residualWhitening = residuals;
  }

  dispose(): void {
    this.parameters.dispose();
    this.position.dispose();
    this.mask?.dispose();
  }
}
