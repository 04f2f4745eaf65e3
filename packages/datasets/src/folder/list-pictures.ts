import { join } from 'node:path';
import type { LeftOut } from '../dataset.js';
import { Root } from './folder.js';
import { LeftOutList } from './left-out.js';
import { walk } from './walk.js';

/** The pictures below a folder, and what else was there. */
export interface PictureList {
  /** Each path starts with the folder as given. */
  readonly pictures: readonly string[];
  readonly leftOut: readonly LeftOut[];
}

/**
 * All pictures in a folder and its sub-folders, in natural order. Links are followed, each folder once; sub-folders that
 * hold a file `OUTPUT_MARKER` are left out.
 *
 * @throws DatasetError when there is no such folder
 */
export async function listPictures(folder: string): Promise<PictureList> {
  const leftOut = new LeftOutList();
  const pictures: string[] = [];
  for await (const { names, contents } of walk(await Root.open(folder), leftOut)) {
    for (const name of contents.pictures) pictures.push(join(folder, ...names, name));
  }
  return { pictures, leftOut: leftOut.all() };
}
