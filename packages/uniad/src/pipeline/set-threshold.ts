import type { Sample } from '@uniad/datasets';
import { BATCH } from './batch.js';
import type { Inspection } from './detector.js';
import type { Threshold } from './model-files.js';
import type { SampleInspector } from './sample-inspector.js';
import { thresholdFromNormal } from './threshold.js';
import type { TrainPlan } from './train-options.js';

/** A percentile of fewer scores is little more than their largest. */
const FEW = 10;

/** The threshold of a trained model, from good pictures that were held out, or where none was, from those it learned. */
export async function setThreshold(
  inspector: SampleInspector,
  learned: readonly Sample[],
  heldOut: readonly Sample[],
  { signal, onEvent }: TrainPlan,
): Promise<Threshold> {
  const samples = heldOut.length > 0 ? heldOut : learned;
  if (heldOut.length > 0 && heldOut.length < FEW) {
    const pictures = heldOut.length === 1 ? 'one held out picture' : `${heldOut.length} held out pictures`;
    onEvent({ type: 'warning', message: `the threshold rests on ${pictures}; more would make it more certain` });
  }
  try {
    const normal: Inspection[] = [];
    for (let start = 0; start < samples.length; start += BATCH) {
      signal?.throwIfAborted();
      normal.push(...(await inspector.inspect(samples.slice(start, start + BATCH))));
    }
    return thresholdFromNormal(
      normal,
      heldOut.length > 0 ? 'good pictures held out of training' : 'training pictures, none being held out',
    );
  } finally {
    inspector.dispose();
  }
}
