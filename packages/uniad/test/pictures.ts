import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Generator } from '@uniad/nn';
import sharp from 'sharp';

const SIDE = 64;

/** Stripes with noise, and where asked a bright square as the defect. */
async function writePicture(path: string, generator: Generator, defective: boolean): Promise<void> {
  const pixels = new Uint8Array(SIDE * SIDE * 3);
  const shift = generator.integer(8);
  for (let i = 0; i < SIDE * SIDE; i++) {
    const [row, column] = [Math.floor(i / SIDE), i % SIDE];
    const inSquare = defective && row > 20 && row < 40 && column > 20 && column < 40;
    const value = inSquare ? 250 : 90 + 60 * Math.sin((column + shift) / 3) + 8 * generator.normal();
    pixels.fill(Math.max(0, Math.min(255, value)), 3 * i, 3 * i + 3);
  }
  await sharp(pixels, { raw: { width: SIDE, height: SIDE, channels: 3 } })
    .png()
    .toFile(path);
}

async function writeMask(path: string): Promise<void> {
  const pixels = Uint8Array.from({ length: SIDE * SIDE }, (_, i) => {
    const [row, column] = [Math.floor(i / SIDE), i % SIDE];
    return row > 20 && row < 40 && column > 20 && column < 40 ? 255 : 0;
  });
  await sharp(pixels, { raw: { width: SIDE, height: SIDE, channels: 1 } })
    .png()
    .toFile(path);
}

/** A small dataset in MVTec layout: `good` training pictures and, to test, three good and three defective ones. */
export async function writeDataset(root: string, categories: readonly string[], good = 10): Promise<void> {
  for (const category of categories) {
    const generator = new Generator(1).fork(category);
    for (const folder of ['train/good', 'test/good', 'test/square', 'ground_truth/square'])
      await mkdir(join(root, category, folder), { recursive: true });
    for (let i = 0; i < good; i++) await writePicture(join(root, category, 'train/good', `${i}.png`), generator, false);
    for (let i = 0; i < 3; i++) {
      await writePicture(join(root, category, 'test/good', `${i}.png`), generator, false);
      await writePicture(join(root, category, 'test/square', `${i}.png`), generator, true);
      await writeMask(join(root, category, 'ground_truth/square', `${i}_mask.png`));
    }
  }
}
