import { readdir, realpath, stat } from 'node:fs/promises';
import { extname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { DatasetError } from './errors.js';
import { pictureExtensions } from './picture-format.js';

/** What a folder holds, each in natural order of names; hidden files are left out. */
export interface FolderContents {
  readonly path: string;
  readonly folders: readonly string[];
  readonly pictures: readonly string[];
  readonly others: readonly string[];
}

const collator = new Intl.Collator('en', { numeric: true });

/** `2.png` before `10.png`; the same on every machine. */
export function naturalOrder(a: string, b: string): number {
  return collator.compare(a, b) || (a < b ? -1 : Number(a > b));
}

/**
 * A folder that nothing is read outside of: links that lead out of it are refused. Links to files in it are followed,
 * links to folders are not listed, so that no picture comes twice and no walk is endless.
 */
export class Root {
  private constructor(
    readonly path: string,
    private readonly realPath: string,
  ) {}

  /** @throws DatasetError unless there is such a folder */
  static async open(folder: string): Promise<Root> {
    const path = resolve(folder);
    const entry = await stat(path).catch(() => undefined);
    if (!entry?.isDirectory())
      throw new DatasetError(`Expected a folder at ${path} but found ${entry ? 'a file' : 'nothing'}`);
    return new Root(path, await realpath(path));
  }

  /** Lists the folder at these names below the root; one that does not exist is listed as empty. */
  async list(...names: readonly string[]): Promise<FolderContents> {
    const path = join(this.path, ...names);
    const entries = await readdir(path, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return [];
      throw new DatasetError(`Cannot list ${path}: ${error.message}`, { cause: error });
    });
    if (entries.length > 0) this.requireInside(path, await realpath(path));
    const folders: string[] = [];
    const pictures: string[] = [];
    const others: string[] = [];
    for (const entry of entries) {
      if (entry.name.startsWith('.')) continue;
      const isFile = entry.isSymbolicLink() ? await this.leadsToFile(join(path, entry.name)) : entry.isFile();
      if (entry.isDirectory()) folders.push(entry.name);
      else if (isFile && isPictureName(entry.name)) pictures.push(entry.name);
      else others.push(entry.name);
    }
    for (const names of [folders, pictures, others]) names.sort(naturalOrder);
    return { path, folders, pictures, others };
  }

  private async leadsToFile(link: string): Promise<boolean> {
    const target = await realpath(link).catch(() => undefined);
    if (target === undefined)
      throw new DatasetError(`Expected the link ${link} to lead to a file but it leads nowhere`);
    this.requireInside(link, target);
    return (await stat(target)).isFile();
  }

  private requireInside(path: string, target: string): void {
    const below = relative(this.realPath, target);
    if (below === '..' || below.startsWith(`..${sep}`) || isAbsolute(below)) {
      throw new DatasetError(`Expected ${path} to stay in ${this.path} but it leads to ${target}`);
    }
  }
}

function isPictureName(name: string): boolean {
  return pictureExtensions.some((extension) => extension === extname(name).toLowerCase());
}

/** What a folder holds, in a few words for an error message. */
export function describe(contents: FolderContents): string {
  const names = [...contents.folders.map((name) => `${name}/`), ...contents.pictures, ...contents.others];
  if (names.length === 0) return 'nothing';
  const shown = names.slice(0, 5).join(', ');
  return names.length > 5 ? `${shown} and ${names.length - 5} more` : shown;
}
