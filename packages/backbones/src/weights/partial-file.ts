import { randomUUID } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';

/** Where a download is written before it is complete. */
export interface PartialFile {
  readonly path: string;
  /** Gives the place back; what lies there stays when a later run may go on with it. */
  release(): Promise<void>;
}

/** Locks that this process has, or is about to take. */
const held = new Set<string>();

/**
 * Claims `path`, so that a run that was killed is resumed by the next; while another one is writing there, a place of its
 * own that is removed in the end.
 */
export async function claimPartialFile(path: string): Promise<PartialFile> {
  const lock = `${path}.lock`;
  if (!held.has(lock)) {
    held.add(lock); // Before anything is waited for: no other run of this process may come between.
    const giveBack = () => held.delete(lock);
    const taken = await takeLock(lock).catch((error: unknown) => {
      giveBack();
      throw error;
    });
    if (taken) return { path, release: () => rm(lock, { force: true }).finally(giveBack) };
    giveBack();
  }
  const own = `${path}.${randomUUID()}`;
  return { path: own, release: () => rm(own, { force: true }) };
}

async function takeLock(lock: string): Promise<boolean> {
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
