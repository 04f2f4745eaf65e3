import { DatasetError } from './errors.js';
import type { Root } from './folder.js';

export interface FolderOptions {
  /** Read these categories only; all by default. */
  readonly categories?: readonly string[];
}

/** The names that were asked for, in the order of the folder. Throws DatasetError for one that is not there. */
export function chooseCategories(
  names: readonly string[],
  root: Root,
  { categories }: FolderOptions,
): readonly string[] {
  if (categories === undefined) return names;
  const unknown = categories.find((name) => !names.includes(name));
  if (unknown !== undefined)
    throw new DatasetError(`Expected categories among ${names.join(', ')} in ${root.path} but received ${unknown}`);
  return names.filter((name) => categories.includes(name));
}
