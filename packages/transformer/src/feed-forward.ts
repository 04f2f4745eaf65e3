import * as tf from '@tensorflow/tfjs';
import { Linear, reluDropout, xavierUniform, zeros } from '@uniad/nn';
import type { Generator, Parameters } from '@uniad/nn';

/** The two linear layers of a transformer layer with ReLU and dropout between them (UniAD, table A1). */
export class FeedForward {
  readonly linear1: Linear;
  readonly linear2: Linear;

  constructor(
    parameters: Parameters,
    width: number,
    feedForwardWidth: number,
    readonly dropoutRate: number,
    generator: Generator,
  ) {
    const options = { weight: xavierUniform(generator), bias: zeros };
    this.linear1 = new Linear(parameters.scope('linear1'), width, feedForwardWidth, options);
    this.linear2 = new Linear(parameters.scope('linear2'), feedForwardWidth, width, options);
  }

  /** `[batch, tokens, width]` to the same shape. */
  forward(x: tf.Tensor3D, generator?: Generator): tf.Tensor3D {
    const hidden = this.linear1.forward(x); // [batch, tokens, feedForwardWidth]
    return this.linear2.forward(
      generator ? reluDropout(hidden, this.dropoutRate, generator) : tf.relu(hidden),
    ) as tf.Tensor3D;
  }
}
