import { join } from 'node:path';
import { drawPicture, syntheticKinds, writeSyntheticSet } from '@uniad/datasets';
import { writeAtomically } from '../files/write-atomically.js';

/** Enough to see every row run, too little to learn much from. */
const [TRAIN, TEST, SIDE] = [8, 6, 96] as const;
const KINDS = ['gear', 'leather', 'tile'] as const;

/** Of CIFAR-10's records. */
const CIFAR_SIDE = 32;

/** Draws industrial parts in MVTec layout, for `uniad ablate --quick`. */
export async function writeQuickParts(folder: string): Promise<void> {
  await writeSyntheticSet(folder, { seed: 0, kinds: [...KINDS], train: TRAIN, test: TEST, size: SIDE });
}

/** Draws ten classes of small pictures in CIFAR-10's binary layout: one label byte, then red, green and blue planes. */
export async function writeQuickCifar(folder: string): Promise<void> {
  const classes = [...syntheticKinds].sort();
  const batch = (perClass: number, seed: number) =>
    Buffer.concat(
      classes.flatMap((kind, label) =>
        Array.from({ length: perClass }, (_, index) => {
          const { data } = drawPicture({ kind, seed, index, size: 2 * CIFAR_SIDE });
          return Buffer.concat([Uint8Array.of(label), ...[0, 1, 2].map((channel) => halved(data, channel))]);
        }),
      ),
    );
  await writeAtomically(join(folder, 'batches.meta.txt'), `${classes.join('\n')}\n`);
  await writeAtomically(join(folder, 'data_batch_1.bin'), batch(TRAIN, 0));
  await writeAtomically(join(folder, 'test_batch.bin'), batch(TEST, 1));
}

/** One channel of a picture of twice CIFAR-10's size, each pixel the mean of four. */
function halved(data: Uint8Array, channel: number): Uint8Array {
  return Uint8Array.from({ length: CIFAR_SIDE ** 2 }, (_, i) => {
    const [row, column] = [2 * Math.floor(i / CIFAR_SIDE), 2 * (i % CIFAR_SIDE)];
    const at = (r: number, c: number) => data[3 * (r * 2 * CIFAR_SIDE + c) + channel]!;
    return (at(row, column) + at(row, column + 1) + at(row + 1, column) + at(row + 1, column + 1)) / 4;
  });
}
