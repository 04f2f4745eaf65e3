import type { Dataset } from './dataset.js';
import { DatasetError } from './errors.js';
import { describe, Root } from './folder.js';
import { mvtecCategories, mvtecLayout, readMvtecFolder, type MvtecOptions } from './mvtec-folder.js';
import { readPictureFolder } from './picture-folder.js';

/**
 * Reads a folder in either layout and tells which: MVTec-AD's if any sub-folder holds `train`, else plain good pictures.
 *
 * @throws DatasetError when the folder is of neither layout, and as {@link readMvtecFolder} and {@link readPictureFolder}
 */
export async function openDataset(folder: string, options: MvtecOptions = {}): Promise<Dataset> {
  const root = await Root.open(folder);
  if ((await mvtecCategories(root)).length > 0) return readMvtecFolder(folder, options);
  const top = await root.list();
  const inner = await Promise.all(top.folders.map((name) => root.list(name)));
  if ([top, ...inner].every(({ pictures }) => pictures.length === 0)) {
    const hint = top.folders.includes('train') ? '; it looks like one category: give the folder above it' : '';
    throw new DatasetError(
      `Expected ${mvtecLayout}, or pictures, or sub-folders of pictures in ${root.path} but found ${describe(top)}${hint}`,
    );
  }
  return readPictureFolder(folder, options.categories ? { categories: options.categories } : {});
}
