import { cp, mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { load, train, writeSyntheticSet } from '@uniad/core';

/** A picture to inspect, and what `predict` says of it. */
export interface Known {
  readonly name: string;
  readonly bytes: Buffer;
  readonly score: number;
  readonly anomalous: boolean;
  readonly map: Float32Array;
}

/**
 * Trains two small models, `run` and `other`, and has the first inspect test pictures.
 *
 * @returns the pictures with what a program finds in them
 */
export async function trainModels(folder: string): Promise<Known[]> {
  const parts = join(folder, 'parts');
  await writeSyntheticSet(parts, { seed: 0, kinds: ['gear'], train: 10, test: 6, size: 96 });
  const cache = join(folder, 'cache');
  for (const [seed, name] of ['run', 'other'].entries()) {
    const config = { imageSize: [64, 64], featureSize: [8, 8] } as const;
    await train({ data: parts, out: join(folder, name), cache, config, crossFit: 0, training: { epochs: 1, seed } });
  }
  const inspector = await load(join(folder, 'run'));
  try {
    return await inspectAll(inspector, join(parts, 'gear/test'));
  } finally {
    inspector.dispose();
  }
}

async function inspectAll(inspector: Awaited<ReturnType<typeof load>>, folder: string): Promise<Known[]> {
  const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.png')).sort();
  return Promise.all(
    names.map(async (name) => {
      const bytes = await readFile(join(folder, name));
      const { score, anomalous, map } = await inspector.predict(bytes);
      return { name, bytes, score, anomalous, map };
    }),
  );
}

/** Puts a copy of a model where another one was, as training does: the JSON last. */
export async function putModel(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  for (const file of ['backbone.safetensors', 'model.safetensors', 'model.json'])
    await cp(join(from, file), join(to, file));
}
