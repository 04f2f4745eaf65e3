import type { TrainedModel } from './model-files.js';

/** The model with a threshold by hand for all kinds, where one is given. */
export function withThreshold(model: TrainedModel, score: number | undefined): TrainedModel {
  if (score === undefined) return model;
  const source = 'set by hand';
  const kinds = model.kinds.map((kind) => ({ ...kind, threshold: score, source }));
  return { ...model, threshold: { ...model.threshold, score, source }, kinds };
}
