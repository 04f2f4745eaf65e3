import * as tf from '@tensorflow/tfjs';
import { dropout, gelu, Linear, reluDropout, xavierUniform, zeros } from '@uniad/nn';
import type { Generator, Parameters } from '@uniad/nn';
import { expectOneOf } from './error.js';
import type { FeedForwardOptions } from './layer-options.js';

/** The two linear layers of a transformer layer with an activation and dropout between them (UniAD, table A1). */
export class FeedForward {
  readonly linear1: Linear;
  readonly linear2: Linear;
  private readonly activation: 'relu' | 'gelu';
  private readonly dropoutRate: number;

  /** @throws TransformerError when the activation is another one */
  constructor(
    parameters: Parameters,
    { width, feedForwardWidth, dropoutRate, activation = 'relu' }: FeedForwardOptions,
    generator: Generator,
  ) {
    expectOneOf('activation', ['relu', 'gelu'], activation);
    const options = { weight: xavierUniform(generator), bias: zeros };
    this.linear1 = new Linear(parameters.scope('linear1'), width, feedForwardWidth, options);
    this.linear2 = new Linear(parameters.scope('linear2'), feedForwardWidth, width, options);
    this.activation = activation;
    this.dropoutRate = dropoutRate;
  }

  /** `[batch, tokens, width]` to the same shape; the generator draws dropout and is absent in evaluation. */
  forward(x: tf.Tensor3D, generator?: Generator): tf.Tensor3D {
    const hidden = this.linear1.forward(x); // [batch, tokens, feedForwardWidth]
    return this.linear2.forward(this.activate(hidden, generator)) as tf.Tensor3D;
  }

  private activate(hidden: tf.Tensor, generator: Generator | undefined): tf.Tensor {
    if (this.activation === 'gelu') {
      const activated = gelu(hidden);
      return generator ? dropout(activated, this.dropoutRate, generator) : activated;
    }
    return generator ? reluDropout(hidden, this.dropoutRate, generator) : tf.relu(hidden);
  }
}
