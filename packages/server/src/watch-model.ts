import { stat } from 'node:fs/promises';
import { join } from 'node:path';

/** The files of a model; the JSON comes last when one is written. */
const FILES = ['backbone.safetensors', 'model.safetensors', 'model.json'];

/** How often a model folder is looked at. Not by notification: a mounted volume or a link that is turned elsewhere gives none. */
const POLL_MS = 1000;

/**
 * Calls back when the files of a model are others than before, and have been left alone for one look.
 *
 * @returns ends the watching
 */
export function watchModel(folder: string, onChange: () => void, pollMs = POLL_MS): () => void {
  let known: string | undefined;
  let before: string | undefined;
  let ended = false;
  const look = async () => {
    const now = await signature(folder);
    if (ended) return;
    known ??= now;
    if (now !== undefined && now === before && now !== known) {
      known = now;
      onChange();
    }
    before = now;
    timer = setTimeout(() => void look(), pollMs);
    timer.unref();
  };
  let timer: NodeJS.Timeout | undefined;
  void look();
  return () => {
    ended = true;
    clearTimeout(timer);
  };
}

/** Undefined where a file is missing. */
async function signature(folder: string): Promise<string | undefined> {
  try {
    const entries = await Promise.all(FILES.map((name) => stat(join(folder, name), { bigint: true })));
    return entries.map(({ dev, ino, size, mtimeNs }) => [dev, ino, size, mtimeNs].join()).join(';');
  } catch {
    return undefined;
  }
}
