import { join, parse } from 'node:path';
import type { Category, MaskOptions, Sample } from '../dataset.js';
import { DatasetError } from '../errors.js';
import { describe, type Root } from '../folder/folder.js';
import { LeftOutList } from '../folder/left-out.js';
import { refuseUnknownOptions } from '../options.js';
import { namingPicture } from '../pictures/picture-file.js';
import type { DecodeOptions, Picture, Size } from '../pictures/picture.js';
import { readCifarBatch, readCifarPicture, side, type CifarBatch } from './cifar-batch.js';
import { chooseCategories, type Reader } from './reader.js';

/** In the order of their names, which is that of their numbers. */
const classNames = ['airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship', 'truck'] as const;
const category = 'cifar-10';
const folders = ['cifar-10-batches-bin', 'cifar-10-batches-py'];

/**
 * CIFAR-10 as it is distributed, binary or for Python, whole or some of its files. Some classes are normal (section 4.4
 * of the paper): the training pictures are theirs, and every test picture of another class is anomalous. Nothing is
 * localised, so there are no masks.
 */
export const cifar10: Reader = {
  name: 'cifar-10',
  expects: 'data_batch_1.bin (or data_batch_1) and test_batch.bin (or test_batch)',
  matches: async (root) => (await findFiles(root)).train.length > 0,
  async read(root, { normal = [0, 1, 2, 3, 4], categories: wanted }) {
    requireClasses(normal);
    chooseCategories([category], root, wanted);
    const { train, test } = await findFiles(root);
    if (train.length === 0 || test.length === 0)
      throw new DatasetError(`Expected ${cifar10.expects} in ${root.path} but found ${describe(await root.list())}`);
    const leftOut = new LeftOutList();
    const samples: { train: CifarSample[]; test: CifarSample[] } = { train: [], test: [] };
    for (const split of ['train', 'test'] as const) {
      for (const path of { train, test }[split]) {
        const batch = await readCifarBatch(path);
        for (const [index, label] of batch.labels.entries()) {
          const sample = new CifarSample(batch, index, split, !normal.includes(label));
          if (split === 'test' || !sample.anomalous) samples[split].push(sample);
          else leftOut.add('training pictures', 'of classes that are not normal', sample.id);
        }
      }
    }
    const only: Category = { name: category, ...samples };
    return { categories: [only], leftOut: leftOut.all() };
  },
};

function requireClasses(normal: readonly number[]): void {
  const isRight =
    normal.length > 0 &&
    normal.length < classNames.length &&
    new Set(normal).size === normal.length &&
    normal.every((label) => Number.isInteger(label) && label >= 0 && label < classNames.length);
  if (!isRight)
    throw new DatasetError(
      `Expected one to nine different classes of 0 to 9 for normal but received ${JSON.stringify(normal)}`,
    );
}

/** Absolute paths, binary before Python's, in the folder or in the one that the archive holds. */
async function findFiles(root: Root): Promise<{ train: string[]; test: string[] }> {
  for (const names of [[], ...folders.map((folder) => [folder])]) {
    const { path, others } = await root.list(...names);
    for (const ending of ['.bin', '']) {
      const find = (name: RegExp): string[] =>
        others
          .filter((file) => parse(file).ext === ending && name.test(parse(file).name))
          .map((file) => join(path, file));
      const [train, test] = [find(/^data_batch_\d+$/), find(/^test_batch$/)];
      if (train.length > 0) return { train, test };
    }
  }
  return { train: [], test: [] };
}

/** A record of a file. */
class CifarSample implements Sample {
  readonly id: string;
  readonly path: string;
  readonly category = category;
  readonly defect: string;

  constructor(
    private readonly batch: CifarBatch,
    private readonly index: number,
    readonly split: 'train' | 'test',
    readonly anomalous: boolean,
  ) {
    const name = classNames[batch.labels[index]!]!;
    this.id = [category, split, name, `${parse(batch.path).name}-${index}`].join('/');
    this.path = `${batch.path}#${index}`;
    this.defect = anomalous ? name : 'good';
  }

  get hasMask(): boolean {
    return !this.anomalous;
  }

  content(): Promise<Uint8Array> {
    return namingPicture(this.path, () => readCifarPicture(this.batch, this.index));
  }

  async picture(options: DecodeOptions = {}): Promise<Picture> {
    refuseUnknownOptions(options, ['limits', 'range']);
    const planes = await this.content();
    const pixels = side * side;
    const data = new Uint8Array(3 * pixels);
    for (let i = 0; i < pixels; i++) {
      data[3 * i] = planes[i]!;
      data[3 * i + 1] = planes[pixels + i]!;
      data[3 * i + 2] = planes[2 * pixels + i]!;
    }
    return { width: side, height: side, data };
  }

  async mask(size: Size, options: MaskOptions = {}): Promise<Uint8Array | undefined> {
    refuseUnknownOptions(options, ['limits', 'onWarning']);
    return this.anomalous ? undefined : new Uint8Array(size[0] * size[1]);
  }
}
