import { fromInt8, toInt8 } from '@uniad/nn';
import type { StateDict } from '@uniad/nn';
import { isInt8 } from './int8-tensors.js';
import type { TrainedModel } from './model-files.js';

/**
 * The same model in int8: its weights whole numbers of steps, one for each row or output channel, and its products computed in
 * 8-bit integers on a device that can. A model that is in int8 already comes back as it is.
 */
export function toInt8Model(model: TrainedModel): TrainedModel {
  if (model.precision === 'int8') return model;
  const { id, parameters, backbone } = model;
  return {
    ...model,
    // Files of the two must not be taken for those of one model.
    id: `${id}-int8`,
    parameters: rounded(parameters),
    backbone: rounded(backbone),
    precision: 'int8',
  };
}

function rounded(state: StateDict): StateDict {
  const entries = Object.entries(state).map(([name, tensor]) => {
    if (!isInt8(name, tensor)) return [name, tensor] as const;
    const { shape, data } = tensor;
    return [name, { shape, data: fromInt8(toInt8(data, shape, 0), shape, 0) }] as const;
  });
  return Object.fromEntries(entries);
}
