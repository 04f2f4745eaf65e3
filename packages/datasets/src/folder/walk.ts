import { realpath } from 'node:fs/promises';
import { pictureFormats } from '../pictures/picture-format.js';
import type { FolderContents, Root } from './folder.js';
import type { LeftOutList } from './left-out.js';

/**
 * Goes through a folder and all below it, in natural order, each real folder once however many links lead to it. What is
 * no picture, hidden, or written by uniad is counted as left out.
 *
 * @param isRead whether a folder is read however often it comes
 */
export async function* walk(
  root: Root,
  leftOut: LeftOutList,
  isRead: (path: string) => boolean = () => false,
): AsyncGenerator<{ readonly names: readonly string[]; readonly contents: FolderContents }> {
  const seen = new Set<string>();
  const pending: (readonly string[])[] = [[]]; // the next is last
  while (pending.length > 0) {
    const names = pending.pop()!;
    const contents = await root.list(...names);
    const below = (name: string): string => [...names, name].join('/');
    if (contents.isOutput) {
      leftOut.add('folders', 'uniad wrote its outputs there', names.join('/'));
      continue;
    }
    const target = await realpath(contents.path);
    if (seen.has(target)) {
      if (!isRead(contents.path)) leftOut.add('links', 'they lead to folders that were read already', names.join('/'));
      continue;
    }
    seen.add(target);
    for (const name of contents.hidden) leftOut.add('hidden files', 'their names start with a dot', below(name));
    for (const name of contents.brokenLinks) leftOut.add('links', 'they lead nowhere', below(name));
    for (const name of contents.others) leftOut.add('files', `not ${pictureFormats.join(', ')}`, below(name));
    yield { names, contents };
    pending.push(...contents.folders.map((name) => [...names, name]).reverse());
  }
}
