import { dirname, join } from 'node:path';
import type { LeftOut } from '../dataset.js';
import type { FileSample } from '../file-sample.js';
import type { Root } from './folder.js';
import { LeftOutList } from './left-out.js';
import { walk } from './walk.js';

export interface SurveyOptions {
  /** Why a picture at these names below the root was not read. */
  readonly why: (names: readonly string[]) => string;
  /** Names below the root that nothing is told of: what the caller did not ask for. */
  readonly skip?: (names: readonly string[]) => boolean;
  /** Paths of files that were read, though no sample gives them. */
  readonly isRead?: ReadonlySet<string>;
}

/** Finds what lies in a folder and was not read, and anomalous pictures without a mask. */
export async function survey(
  root: Root,
  samples: readonly FileSample[],
  { why, skip = () => false, isRead = new Set() }: SurveyOptions,
): Promise<LeftOut[]> {
  const files = new Set<string>(isRead);
  const folders = new Set<string>();
  const leftOut = new LeftOutList();
  for (const { id, path, masks, anomalous } of samples) {
    for (const file of [path, ...masks]) {
      files.add(file);
      for (let above = dirname(file); above !== root.path && !folders.has(above); above = dirname(above))
        folders.add(above);
    }
    if (anomalous && masks.length === 0)
      leftOut.add('masks', 'these anomalous pictures have none and count for image metrics only', id);
  }
  for await (const { names, contents } of walk(root, leftOut, (path) => folders.has(path))) {
    if (skip(names)) continue;
    for (const name of contents.pictures) {
      if (!files.has(join(contents.path, name))) leftOut.add('pictures', why(names), [...names, name].join('/'));
    }
  }
  return leftOut.all();
}
