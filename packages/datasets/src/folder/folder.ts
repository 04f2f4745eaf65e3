import { readdir, realpath, stat } from 'node:fs/promises';
import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import { DatasetError } from '../errors.js';
import { isPictureName } from '../pictures/picture-format.js';
import { naturalOrder } from './natural-order.js';

/** An empty file of this name says that uniad wrote the folder: what is in it is no input. */
export const OUTPUT_MARKER = '.uniad-output';

/** What a folder holds, each in natural order of names; links are what they lead to. */
export interface FolderContents {
  readonly path: string;
  readonly folders: readonly string[];
  readonly pictures: readonly string[];
  /** Files of other kinds. */
  readonly others: readonly string[];
  /** Names that start with a dot. */
  readonly hidden: readonly string[];
  readonly brokenLinks: readonly string[];
  /** Whether uniad wrote its outputs there; the lists are empty then. */
  readonly isOutput: boolean;
}

/**
 * A folder that a dataset is read from. Links that lie in it are followed wherever they lead, since whoever put it together
 * made them; names that come from a file's content go through {@link inside}.
 */
export class Root {
  private readonly listed = new Map<string, Promise<FolderContents>>();

  private constructor(
    readonly path: string,
    private readonly realPath: string,
    /** Name of the list of pictures that was asked for, in the folder; undefined where the folder itself was. */
    readonly listFile: string | undefined,
  ) {}

  /**
   * @param listFile name of a file in it that lists the pictures
   * @throws DatasetError unless there is such a folder
   */
  static async open(folder: string, listFile?: string): Promise<Root> {
    const path = resolve(folder);
    const entry = await stat(path).catch(() => undefined);
    if (!entry?.isDirectory())
      throw new DatasetError(`Expected a folder at ${path} but found ${entry ? 'a file' : 'nothing'}`);
    return new Root(path, await realpath(path), listFile);
  }

  /** Lists the folder at these names below the root, once; one that does not exist is listed as empty. */
  list(...names: readonly string[]): Promise<FolderContents> {
    const path = join(this.path, ...names);
    let contents = this.listed.get(path);
    if (!contents) {
      contents = listFolder(path, names.length === 0);
      this.listed.set(path, contents);
    }
    return contents;
  }

  /**
   * The absolute path of a file named by a file's content, relative to the root.
   *
   * @throws DatasetError, starting with `where`, for a name that leads out of the folder or to no file
   */
  async inside(name: string, where: string): Promise<string> {
    const path = resolve(this.path, name.replaceAll('\\', '/'));
    if (leadsOut(this.path, path))
      throw new DatasetError(`${where}: expected a file in ${this.path} but received ${name}`);
    const target = await realpath(path).catch(() => undefined);
    if (target === undefined || !(await stat(target)).isFile())
      throw new DatasetError(`${where}: expected a file at ${path} but found ${target ? 'a folder' : 'nothing'}`);
    if (leadsOut(this.realPath, target))
      throw new DatasetError(`${where}: expected ${name} to stay in ${this.path} but it leads to ${target}`);
    return path;
  }
}

function leadsOut(folder: string, path: string): boolean {
  const below = relative(folder, path);
  return below === '..' || below.startsWith(`..${sep}`) || isAbsolute(below);
}

async function listFolder(path: string, isRoot: boolean): Promise<FolderContents> {
  const entries = await readdir(path, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return [];
    throw new DatasetError(`Cannot list ${path}: ${error.message}`, { cause: error });
  });
  const lists = { folders: [], pictures: [], others: [], hidden: [], brokenLinks: [] } as Record<
    'folders' | 'pictures' | 'others' | 'hidden' | 'brokenLinks',
    string[]
  >;
  // Whoever names an output folder as the root means it.
  if (!isRoot && entries.some(({ name }) => name === OUTPUT_MARKER)) return { path, ...lists, isOutput: true };
  for (const entry of entries) {
    const { name } = entry;
    const target = entry.isSymbolicLink() ? await stat(join(path, name)).catch(() => undefined) : entry;
    if (name.startsWith('.')) lists.hidden.push(name);
    else if (!target) lists.brokenLinks.push(name);
    else if (target.isDirectory()) lists.folders.push(name);
    else if (target.isFile() && isPictureName(name)) lists.pictures.push(name);
    else lists.others.push(name);
  }
  for (const names of Object.values(lists)) names.sort(naturalOrder);
  return { path, ...lists, isOutput: false };
}

/** What a folder holds, in a few words for an error message. */
export function describe(contents: FolderContents): string {
  const names = [...contents.folders.map((name) => `${name}/`), ...contents.pictures, ...contents.others];
  if (names.length === 0) return 'nothing';
  const shown = names.slice(0, 5).join(', ');
  return names.length > 5 ? `${shown} and ${names.length - 5} more` : shown;
}
