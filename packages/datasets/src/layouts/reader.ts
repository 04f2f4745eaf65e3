import type { Category, LeftOut } from '../dataset.js';
import { DatasetError } from '../errors.js';
import type { FileSample } from '../file-sample.js';
import type { Root } from '../folder/folder.js';
import { naturalOrder } from '../folder/natural-order.js';

export interface ReadOptions {
  /** Read these categories only; all by default. */
  readonly categories?: readonly string[];
  /** Of CIFAR-10: the classes that are normal, 0 to 9 in the order of their names; the others are anomalous. */
  readonly normal?: readonly number[];
}

/** A way in which datasets are laid out. */
export interface Reader {
  readonly name: string;
  /** What a folder of it holds, for messages. */
  readonly expects: string;
  matches(root: Root): Promise<boolean>;
  /** Names of the files that can be given in place of a folder, where it reads a list of pictures. */
  readonly listFile?: RegExp;
  /** @throws DatasetError for a folder that is not laid out so after all */
  read(root: Root, options: ReadOptions): Promise<{ categories: readonly Category[]; leftOut: readonly LeftOut[] }>;
}

/** Those of the names that were asked for, in their order. Throws DatasetError for one that is not there. */
export function chooseCategories(
  names: readonly string[],
  root: Root,
  categories: readonly string[] | undefined,
): readonly string[] {
  if (categories === undefined) return names;
  const unknown = categories.find((name) => !names.includes(name));
  if (unknown !== undefined)
    throw new DatasetError(`Expected categories among ${names.join(', ')} in ${root.path} but received ${unknown}`);
  return names.filter((name) => categories.includes(name));
}

/** Samples by category, in natural order of the categories' names; samples keep their order. */
export function groupByCategory(samples: readonly FileSample[]): Category[] {
  const groups = new Map<string, { name: string; train: FileSample[]; test: FileSample[] }>();
  for (const sample of samples) {
    const group = groups.get(sample.category) ?? { name: sample.category, train: [], test: [] };
    group[sample.split].push(sample);
    groups.set(sample.category, group);
  }
  return [...groups.values()].sort((a, b) => naturalOrder(a.name, b.name));
}

/**
 * Whether a good picture is kept for testing where the data does not say: every fifth is, if there are anomalous pictures
 * to tell it from.
 */
export function isHeldOut(index: number, hasAnomalous: boolean): boolean {
  return hasAnomalous && index % 5 === 4;
}
