import { randomUUID } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';

/** Where a download is written before it is complete. */
export interface PartialFile {
  readonly path: string;
  /** Gives the place back; what lies there stays when a later run may go on with it. */
  release(): Promise<void>;
}

const held = new Set<string>();

/**
 * Claims `path`, so that a run that was killed is resumed by the next; while another one is writing there, a place of its
 * own that is removed in the end.
 */
export async function claimPartialFile(path: string): Promise<PartialFile> {
  const lock = `${path}.lock`;
  if (await takeLock(lock)) {
    held.add(lock);
    const release = async (): Promise<void> => {
      held.delete(lock);
      await rm(lock, { force: true });
    };
    return { path, release };
  }
  const own = `${path}.${randomUUID()}`;
  return { path: own, release: () => rm(own, { force: true }) };
}

async function takeLock(lock: string): Promise<boolean> {
  if (held.has(lock)) return false;
  try {
    await writeFile(lock, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const owner = Number(await readFile(lock, 'utf8').catch(() => ''));
  if (owner !== process.pid && isRunning(owner)) return false;
  await writeFile(lock, String(process.pid)); // its owner was killed
  return true;
}

function isRunning(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
