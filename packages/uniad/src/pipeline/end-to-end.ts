import type * as tf from '@tensorflow/tfjs';
import { createTrainableBackbone, neck } from '@uniad/backbones';
import type { TrainableBackbone } from '@uniad/backbones';
import type { Generator, Parameters, StateDict } from '@uniad/nn';
import type { ReconstructionModel } from '../methods/reconstruction/reconstruction-model.js';
import { outside, within } from '../scopes.js';
import type { Trainable } from '../training/gradient-descent.js';

const BACKBONE = 'backbone.';

/** A reconstruction model and its backbone, trained together on pictures (table A5). */
export class EndToEnd implements Trainable {
  private readonly backbone: TrainableBackbone;

  /** @param weights that the backbone starts from */
  constructor(
    private readonly model: ReconstructionModel,
    weights: StateDict,
  ) {
    const { name, stages } = model.config.backbone;
    const parameters = model.parameters.scope('backbone');
    this.backbone = createTrainableBackbone(name, { stages, weights, parameters });
  }

  get parameters(): Parameters {
    return this.model.parameters;
  }

  /** Of pictures `[batch, height, width, 3]`; the gradient goes into the features from both sides. */
  loss(images: tf.Tensor4D, generator: Generator): tf.Scalar {
    const features = neck(this.backbone.forward(images, true), this.model.config.featureSize, this.model.config.neck);
    return this.model.loss(features, generator);
  }

  loadStateDict(state: StateDict): void {
    this.model.parameters.loadStateDict(state);
  }
}

/** A state of {@link EndToEnd} as two: the model's parameters, and weights that a frozen backbone takes. */
export function splitState(state: StateDict): { parameters: StateDict; backbone: StateDict } {
  return { parameters: outside(state, BACKBONE), backbone: within(state, BACKBONE) };
}
