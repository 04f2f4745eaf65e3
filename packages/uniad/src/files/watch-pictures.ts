import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isPictureName, OUTPUT_MARKER } from '@uniad/datasets';
import { watch } from 'chokidar';

/** How often a file that grows is looked at. */
const POLL_MS = 100;

/** One state of a picture file: another size or time is another picture. */
export interface PictureState {
  readonly path: string;
  /** Milliseconds since 1970. */
  readonly modified: number;
  readonly bytes: number;
}

/**
 * The pictures below a folder, those that are there and then those that come, each once it has not changed for `settleMs`. Hidden
 * files and folders that uniad wrote are left out. A picture that changes comes again. Ends when the signal is aborted.
 *
 * @param again takes a picture that is to come once more, after some milliseconds
 */
export async function* watchPictures(
  folder: string,
  settleMs: number,
  signal: AbortSignal,
): AsyncGenerator<{ readonly picture: PictureState; readonly again: (afterMs: number) => void }> {
  const root = resolve(folder);
  const paths = new Set<string>();
  let failure: Error | undefined;
  let wake = () => {};
  const add = (path: string) => {
    paths.add(path);
    wake();
  };
  const watcher = watch(folder, {
    awaitWriteFinish: { stabilityThreshold: settleMs, pollInterval: Math.min(POLL_MS, settleMs) },
    ignored: (path, entry) =>
      resolve(path) !== root &&
      (basename(path).startsWith('.') ||
        (entry?.isFile() === true && !isPictureName(path)) ||
        (entry?.isDirectory() === true && existsSync(join(path, OUTPUT_MARKER)))),
  });
  watcher.on('add', add).on('change', add);
  watcher.on('error', (error) => {
    failure = error instanceof Error ? error : new Error(String(error));
    wake();
  });
  const abort = () => wake();
  signal.addEventListener('abort', abort);
  const timers = new Set<NodeJS.Timeout>();
  try {
    while (!signal.aborted) {
      if (failure) throw failure;
      const [path] = paths;
      if (path === undefined) {
        await new Promise<void>((resolve) => (wake = resolve));
        continue;
      }
      paths.delete(path);
      const picture = await settled(path, settleMs, signal);
      if (signal.aborted) return;
      const again = (afterMs: number) => {
        const timer = setTimeout(() => {
          timers.delete(timer);
          add(path);
        }, afterMs);
        timers.add(timer);
      };
      if (picture) yield { picture, again };
    }
  } finally {
    for (const timer of timers) clearTimeout(timer);
    signal.removeEventListener('abort', abort);
    await watcher.close();
  }
}

/** Undefined where the file is gone. A file that is met when the watching begins may still be being written. */
async function settled(path: string, settleMs: number, signal: AbortSignal): Promise<PictureState | undefined> {
  let state = await pictureState(path);
  for (let known: PictureState | undefined; state && !isSame(state, known) && Date.now() - state.modified < settleMs;) {
    known = state;
    await sleep(settleMs, undefined, { signal }).catch(() => {});
    state = await pictureState(path);
  }
  return state;
}

/** Undefined where there is no such file. */
export async function pictureState(path: string): Promise<PictureState | undefined> {
  const entry = await stat(path).catch(() => undefined);
  return entry?.isFile() ? { path, modified: entry.mtimeMs, bytes: entry.size } : undefined;
}

/** Whether a file is as it was. */
export function isSame(a: Omit<PictureState, 'path'>, b: Omit<PictureState, 'path'> | undefined): boolean {
  return a.modified === b?.modified && a.bytes === b.bytes;
}
