import { createTrainableBackbone } from '@uniad/backbones';
import type { TrainableBackbone } from '@uniad/backbones';
import type { StateDict } from '@uniad/nn';
import type { AnomalyModel } from '../methods/method.js';
import { outside, within } from '../scopes.js';

const BACKBONE = 'backbone';

/**
 * The backbone of a model that trains it along (table A5): its variables join the model's.
 *
 * @param weights that it starts from
 */
export function addBackbone({ config, parameters }: AnomalyModel, weights: StateDict): TrainableBackbone {
  const { name, stages } = config.backbone;
  return createTrainableBackbone(name, { stages, weights, parameters: parameters.scope(BACKBONE) });
}

/** The state of such a model as two: the model's own parameters, and weights that a frozen backbone takes. */
export function splitState(state: StateDict): { parameters: StateDict; backbone: StateDict } {
  return { parameters: outside(state, `${BACKBONE}.`), backbone: within(state, `${BACKBONE}.`) };
}
