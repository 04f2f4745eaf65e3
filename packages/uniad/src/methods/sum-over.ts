import * as tf from '@tensorflow/tfjs';
import type { CompiledFunction } from '../device/device.js';
import { BATCH } from '../pipeline/batch.js';
import { readBatch } from '../training/feature-source.js';
import type { FeatureSource } from '../training/feature-source.js';

/**
 * Sums what a function makes of the features of all pictures, a batch at a time.
 *
 * @param run `[batch, rows, columns, channels]` features to outputs whose shapes do not depend on the batch; is freed
 * @returns the sum of each output
 * @throws the signal's reason when it is aborted
 */
export async function sumOver(
  source: FeatureSource,
  run: CompiledFunction,
  signal?: AbortSignal,
): Promise<Float64Array[]> {
  let sums: Float64Array[] | undefined;
  try {
    for (let start = 0; start < source.length; start += BATCH) {
      signal?.throwIfAborted();
      const indices = Array.from({ length: Math.min(BATCH, source.length - start) }, (_, i) => start + i);
      const features = await readBatch(source, indices);
      const outputs = run(features);
      features.dispose();
      const values = await Promise.all(outputs.map((output) => output.data()));
      tf.dispose(outputs);
      sums ??= values.map(({ length }) => new Float64Array(length));
      values.forEach((ofBatch, output) => {
        const sum = sums![output]!;
        for (let i = 0; i < sum.length; i++) sum[i]! += ofBatch[i]!;
      });
    }
  } finally {
    run.dispose();
  }
  return sums ?? [];
}
