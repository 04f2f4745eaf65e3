import { openDataset, pasteAnomalies } from '@uniad/datasets';
import type { Dataset, Sample } from '@uniad/datasets';
import { RunError } from '../errors.js';
import { atBestF1, scoresByKind } from './best-f1.js';
import type { TrainedModel } from './model-files.js';
import type { TrainPlan } from './train-options.js';
import { withScales } from './with-scales.js';

/** Of a threshold that rests on anomalies that were made. */
export const PASTED = ', anomalies pasted on good ones';

/** A data set's pictures to measure on: where a folder has some to test with, the model may have learned the others, whose scores say nothing. */
export function notLearned({ categories }: Dataset): readonly Sample[] {
  const tests = categories.flatMap(({ test }) => test);
  return tests.length > 0 ? tests : categories.flatMap(({ train }) => train);
}

/** The good ones among pictures, and each once more with an anomaly pasted on it. */
export function withPasted(samples: readonly Sample[], seed = 0): readonly Sample[] {
  const good = samples.filter(({ anomalous }) => !anomalous);
  return [...good, ...pasteAnomalies(good, { seed })];
}

/** Pictures that choose thresholds, and where they are from, in words. */
export interface Validation {
  readonly samples: readonly Sample[];
  readonly origin: string;
}

/**
 * What a training is validated on; undefined where its thresholds rest on good pictures alone.
 *
 * @param heldOut good pictures that are not learned
 * @throws DatasetError for a folder that is none, RunError where there is nothing to validate on
 */
export async function findValidation(
  { validation, training, cache, signal, onEvent }: TrainPlan,
  dataset: Dataset,
  heldOut: readonly Sample[],
): Promise<Validation | undefined> {
  if (validation === undefined) return undefined;
  if (validation === 'test') {
    const message = 'the thresholds are chosen on the test pictures: what these say of them is too good';
    onEvent({ type: 'warning', message });
    return { samples: dataset.categories.flatMap(({ test }) => test), origin: ' of the test' };
  }
  if (validation !== 'synthetic') {
    const found = await openDataset(validation.folder, { cache, ...(signal && { signal }) });
    return { samples: notLearned(found), origin: '' };
  }
  if (heldOut.length === 0)
    throw new RunError('Expected good pictures held out of training to paste anomalies on but none is held out');
  return { samples: withPasted(heldOut, training.seed), origin: PASTED };
}

/** A model whose thresholds tell good and anomalous pictures apart best, by the F1 score; a kind without both keeps its own. */
export async function chooseThresholds(
  model: TrainedModel,
  { samples, origin }: Validation,
  { device, cache, signal, onEvent }: TrainPlan,
): Promise<TrainedModel> {
  const scored = await scoresByKind(model, samples, { device, cache, signal });
  const names = model.kinds.length > 0 ? model.kinds.map(({ name }) => name) : [''];
  const isComplete = (name: string) => Boolean(scored.get(name)?.good.length && scored.get(name)?.anomalous.length);
  for (const name of names.filter((one) => !isComplete(one))) {
    const message = `no good and anomalous validation pictures of ${name || 'the parts'}: its threshold rests on good ones alone`;
    onEvent({ type: 'warning', message });
  }
  const scales = names.filter(isComplete).map((name) => [name, atBestF1(name, scored.get(name)!, origin)] as const);
  return withScales(model, new Map(scales));
}
