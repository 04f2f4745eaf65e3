import { fromInt8, toInt8 } from '@uniad/nn';
import type { StateDict } from '@uniad/nn';
import { joinWeights, splitWeights } from './backbones.js';
import { int8Axes } from './int8-tensors.js';
import type { TrainedModel } from './model-files.js';

/**
 * The same model in int8: its weights whole numbers of steps, one for each row or output channel, and its products computed in
 * 8-bit integers on a device that can. A model that is in int8 already comes back as it is.
 */
export function toInt8Model(model: TrainedModel): TrainedModel {
  if (model.precision === 'int8') return model;
  const { id, parameters, config } = model;
  const { own, second } = splitWeights(model.backbone);
  return {
    ...model,
    // Files of the two must not be taken for those of one model.
    id: `${id}-int8`,
    parameters: rounded(parameters),
    // Models of before kept the weights of stages that they have no use for.
    backbone: rounded(joinWeights(config, own, second)),
    precision: 'int8',
  };
}

function rounded(state: StateDict): StateDict {
  const entries = Object.entries(state).map(([name, tensor]) => {
    const axes = int8Axes(name, tensor);
    if (axes === 0) return [name, tensor] as const;
    const { shape, data } = tensor;
    const rows = [sizeOf(shape.slice(0, axes)), sizeOf(shape.slice(axes))];
    return [name, { shape, data: fromInt8(toInt8(data, rows, 0), rows, 0) }] as const;
  });
  return Object.fromEntries(entries);
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);
