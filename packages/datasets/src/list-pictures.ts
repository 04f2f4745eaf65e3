import { join } from 'node:path';
import { Root } from './folder.js';

/**
 * The paths of all pictures in a folder and its sub-folders, in natural order, each starting with `folder` as given.
 *
 * @throws DatasetError when there is no such folder or a link leads out of it
 */
export async function listPictures(folder: string): Promise<string[]> {
  const root = await Root.open(folder);
  const collect = async (...names: string[]): Promise<string[]> => {
    const { pictures, folders } = await root.list(...names);
    const paths = pictures.map((name) => join(folder, ...names, name));
    for (const name of folders) paths.push(...(await collect(...names, name)));
    return paths;
  };
  return collect();
}
