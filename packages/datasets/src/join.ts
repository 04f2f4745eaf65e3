import { basename, resolve } from 'node:path';
import type { Category, Dataset, Sample } from './dataset.js';
import { DatasetError } from './errors.js';

/** A dataset and the folder it was read from. */
export interface DatasetPart {
  readonly folder: string;
  readonly dataset: Dataset;
}

/**
 * Several datasets as one, in their order; a category whose name stands in more than one of them gets its folder's name in
 * front, `FOLDER/CATEGORY`.
 *
 * @throws DatasetError when that does not tell them apart
 */
export function joined(parts: readonly DatasetPart[]): Dataset {
  if (parts.length === 1) return parts[0]!.dataset;
  const names = parts.flatMap(({ dataset }) => dataset.categories.map(({ name }) => name));
  const isTwice = (name: string) => names.indexOf(name) !== names.lastIndexOf(name);
  const categories = parts.flatMap(({ folder, dataset }) =>
    dataset.categories.map((category) =>
      isTwice(category.name) ? renamed(category, `${basename(resolve(folder))}/${category.name}`) : category,
    ),
  );
  const again = categories.find(({ name }, i) => categories.findIndex((other) => other.name === name) < i);
  if (again) throw new DatasetError(`Expected folders of different names or categories but found ${again.name} twice`);
  return {
    layout: [...new Set(parts.map(({ dataset }) => dataset.layout))].join(' + '),
    categories,
    leftOut: parts.flatMap(({ dataset }) => dataset.leftOut),
  };
}

function renamed(category: Category, name: string): Category {
  const prefix = name.slice(0, -category.name.length);
  // What a sample does stays its own; only its names are told anew.
  const rename = (sample: Sample): Sample =>
    Object.create(sample, {
      id: { value: prefix + sample.id, enumerable: true },
      category: { value: name, enumerable: true },
    }) as Sample;
  return { name, train: category.train.map(rename), test: category.test.map(rename) };
}
