import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { decodePicture, defectsOf, drawPicture, syntheticKinds } from '@uniad/datasets';
import type { Picture } from '@uniad/datasets';

/** Every picture of a folder, decoded, in the order of the names. */
export async function readPhotographs(folder: string): Promise<Picture[]> {
  const names = (await readdir(folder)).filter((name) => /\.(jpe?g|png|webp)$/i.test(name)).sort();
  const pictures: Picture[] = [];
  for (const name of names) pictures.push(await decodePicture(join(folder, name)));
  return pictures;
}

const SIZE = 256;
/** Far from the seeds of data sets, so that no picture here is one that a model is tested on. */
const FIRST_SEED = 1_000_000;

/** Synthetic parts and textures of every kind in turn; every second round has a defect. */
export function drawSynthetic(count: number, seed: number): Picture[] {
  return Array.from({ length: count }, (_, i) => {
    const kind = syntheticKinds[i % syntheticKinds.length]!;
    const round = Math.floor(i / syntheticKinds.length);
    const defects = defectsOf(kind);
    const defect = round % 2 === 1 ? { defect: defects[Math.floor(round / 2) % defects.length]! } : {};
    const { width, height, data } = drawPicture({ kind, seed: FIRST_SEED + seed, index: i, size: SIZE, ...defect });
    return { width, height, data };
  });
}
