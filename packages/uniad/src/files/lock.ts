import { lock } from 'proper-lockfile';
import { RunError } from '../errors.js';

/** A lock that was not renewed for so long is that of a process that was killed. */
const STALE_MS = 5000;
const RETRY_MS = 500;

/**
 * Takes a file for this process alone, by a folder `FILE.lock` that is renewed every second and goes when the process ends. That of a
 * process that was killed is waited for, until nobody can be renewing it.
 *
 * @param onLost called where another process took it all the same, this one having stood still for too long
 * @throws RunError where another process has it
 */
export async function lockFile(path: string, onLost: () => void): Promise<void> {
  const retries = { retries: Math.ceil((1.5 * STALE_MS) / RETRY_MS), factor: 1, minTimeout: RETRY_MS };
  try {
    await lock(path, { realpath: false, stale: STALE_MS, update: 1000, retries, onCompromised: onLost });
  } catch (error) {
    if ((error as { code?: string }).code !== 'ELOCKED') throw error;
    throw new RunError(`Expected ${path} for this process alone but another one is writing to it`);
  }
}
