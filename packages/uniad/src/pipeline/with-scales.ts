import type { Kind } from './kinds.js';
import type { TrainedModel } from './model-files.js';
import { isSet } from './no-threshold.js';
import { heatRange } from './threshold.js';
import type { ScoreScale } from './threshold.js';

/** A model with other thresholds for some of its kinds, or where it knows none, for all pictures. */
export function withScales(model: TrainedModel, scales: ReadonlyMap<string, ScoreScale>): TrainedModel {
  const kinds = model.kinds.map((kind): Kind => ({ ...kind, ...scales.get(kind.name) }));
  const [first] = scales.values();
  const ofAll = model.kinds.length === 0 && first ? { score: first.threshold, source: first.source } : {};
  const changed = { ...model, kinds, threshold: { ...model.threshold, ...ofAll } };
  return withHeat(changed, model, first?.typical);
}

/**
 * A model that had no threshold had no range of heat either.
 *
 * @param typical score of a good picture
 */
export function withHeat(after: TrainedModel, before: TrainedModel, typical = 0): TrainedModel {
  const { threshold } = after;
  if (isSet(before.threshold.score) || !isSet(threshold.score)) return after;
  return { ...after, threshold: { ...threshold, mapRange: heatRange(typical, threshold.score) } };
}
