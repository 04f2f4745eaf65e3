import { basename, join } from 'node:path';
import { chooseCategories, type FolderOptions } from './choose-categories.js';
import type { Category, Dataset } from './dataset.js';
import { DatasetError } from './errors.js';
import { describe, Root, type FolderContents } from './folder.js';
import { refuseUnknownOptions } from './options.js';

/**
 * Reads a plain folder of good pictures: one category if the pictures lie directly in it, else one per sub-folder.
 *
 * All of them are training pictures; there is no test part.
 * @throws DatasetError for a missing folder, no pictures at all or in a sub-folder, pictures both beside and in
 * sub-folders, or a link that leads out of the folder
 */
export async function readPictureFolder(folder: string, options: FolderOptions = {}): Promise<Dataset> {
  refuseUnknownOptions(options, ['categories']);
  const root = await Root.open(folder);
  const top = await root.list();
  const contents = new Map<string, FolderContents>();
  if (top.pictures.length > 0) contents.set(basename(root.path), top);
  for (const name of top.folders) {
    const inner = await root.list(name);
    if (top.pictures.length === 0) contents.set(name, inner);
    else if (inner.pictures.length > 0)
      throw new DatasetError(
        `Expected pictures either in ${root.path} or in its sub-folders but found ${top.pictures[0]} and ${name}/${inner.pictures[0]}`,
      );
  }
  if (contents.size === 0)
    throw new DatasetError(`Expected pictures or sub-folders of pictures in ${root.path} but found ${describe(top)}`);
  const categories = chooseCategories([...contents.keys()], root, options).map((name) =>
    categoryOf(name, contents.get(name)!),
  );
  return { layout: 'pictures', categories };
}

function categoryOf(category: string, contents: FolderContents): Category {
  if (contents.pictures.length === 0)
    throw new DatasetError(`Expected pictures in ${contents.path} but found ${describe(contents)}`);
  const train = contents.pictures.map((file) => ({
    path: join(contents.path, file),
    id: `${category}/${file}`,
    category,
    split: 'train' as const,
    defect: 'good',
    anomalous: false,
  }));
  return { name: category, train, test: [] };
}
