import { createHash, randomUUID } from 'node:crypto';
import { readdir, rename, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';

/** Where one download, and no other, is written before it is complete. */
export interface PartialFile {
  readonly path: string;
  /** Leaves what lies there for a later run to go on with; nothing when it has been renamed or removed. */
  release(): Promise<void>;
}

/** A download on another machine that shares the folder, and has not written for so long, is no more. */
const ABANDONED_AFTER = 10 * 60_000; // milliseconds

/** Names that this process writes to. */
const held = new Set<string>();

/**
 * Claims a file beside `file` for one version of it, with what an earlier run has left. Each writer has a name of its own, and
 * takes over another file by renaming it, which succeeds once.
 *
 * Left files are `ID.partial` when they were released and `ID.HOST-PID-RANDOM.partial` when their writer was killed; short
 * whatever the length of the file's own name.
 */
export async function claimPartialFile(file: string, version: string): Promise<PartialFile> {
  const folder = dirname(file);
  const id = digest(`${basename(file)}\0${version}`, 16);
  const name = `${id}.${digest(hostname(), 8)}-${process.pid}-${randomUUID().slice(0, 8)}.partial`;
  const path = join(folder, name);
  held.add(name);
  for (const left of await leftFiles(folder, id)) {
    if (await renamed(join(folder, left), path)) break;
  }
  return {
    path,
    release: async () => {
      await renamed(path, join(folder, `${id}.partial`));
      held.delete(name);
    },
  };
}

async function leftFiles(folder: string, id: string): Promise<string[]> {
  const names = (await readdir(folder)).filter((name) => name.startsWith(`${id}.`) && name.endsWith('.partial'));
  const isLeft = await Promise.all(names.map((name) => isAbandoned(folder, name)));
  return names.filter((_, i) => isLeft[i]);
}

async function isAbandoned(folder: string, name: string): Promise<boolean> {
  const [, host, pid] = /^[0-9a-f]+\.([0-9a-f]+)-(\d+)-/.exec(name) ?? [];
  if (host === undefined) return true; // released
  if (host === digest(hostname(), 8)) return Number(pid) === process.pid ? !held.has(name) : !isRunning(Number(pid));
  return stat(join(folder, name)).then(
    ({ mtimeMs }) => Date.now() - mtimeMs > ABANDONED_AFTER,
    () => false, // just taken over by another
  );
}

/** Whether there was something to rename. */
async function renamed(from: string, to: string): Promise<boolean> {
  return rename(from, to).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return false;
      throw error;
    },
  );
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function digest(text: string, digits: number): string {
  return createHash('sha256').update(text).digest('hex').slice(0, digits);
}
