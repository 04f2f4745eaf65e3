import type { Sample } from '@uniad/datasets';
import { bestF1 } from '@uniad/metrics';
import type { DeviceName } from '../device/device.js';
import { selectDevice } from '../device/select-device.js';
import { RunError } from '../errors.js';
import { BATCH } from './batch.js';
import type { Inspection } from './inspection.js';
import type { TrainedModel } from './model-files.js';
import { SampleInspector } from './sample-inspector.js';
import type { ScoreScale } from './threshold.js';

/** Of the pictures of a kind. */
export interface Scores {
  readonly good: number[];
  readonly anomalous: number[];
}

/** By the kind that a picture looks like, for that is what its threshold will be chosen by. */
export async function scoresByKind(
  model: TrainedModel,
  samples: readonly Sample[],
  {
    device,
    cache,
    signal,
  }: {
    readonly device?: DeviceName | 'auto' | undefined;
    readonly cache?: string | undefined;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<Map<string, Scores>> {
  const inspector = new SampleInspector(model, await selectDevice(device ?? 'auto'), cache);
  const scores = new Map<string, Scores>();
  try {
    for (let start = 0; start < samples.length; start += BATCH) {
      signal?.throwIfAborted();
      const batch = samples.slice(start, start + BATCH);
      const inspections: Inspection[] = await inspector.inspect(batch);
      inspections.forEach(({ score, category }, i) => {
        if (category === null && model.kinds.length > 0) return; // Unlike anything learned.
        const name = category ?? '';
        if (!scores.has(name)) scores.set(name, { good: [], anomalous: [] });
        scores.get(name)![batch[i]!.anomalous ? 'anomalous' : 'good'].push(score);
      });
    }
  } finally {
    inspector.dispose();
  }
  return scores;
}

/**
 * The threshold at which the good and the anomalous pictures of a kind are told apart best.
 *
 * @param origin which pictures they were, in words; nothing by default
 * @throws RunError naming the kind, where there are not both
 */
export function atBestF1(name: string, { good, anomalous }: Scores, origin = ''): ScoreScale {
  if (good.length === 0 || anomalous.length === 0) {
    throw new RunError(
      `Expected good and anomalous pictures of ${name || 'the parts'} for the best F1 score but found ${good.length} and ${anomalous.length}`,
    );
  }
  const labels = [...good.map(() => 0), ...anomalous.map(() => 1)];
  const { threshold, f1 } = bestF1(Float64Array.from([...good, ...anomalous]), labels);
  const typical = good.toSorted((a, b) => a - b)[good.length >> 1]!;
  const source = `best F1 score, ${f1.toFixed(3)}, of ${good.length} good and ${anomalous.length} anomalous pictures${origin}`;
  return { typical: Math.min(typical, threshold), threshold, source };
}
