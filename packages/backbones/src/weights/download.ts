import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { WeightsError } from './error.js';
import type { WeightsEvent } from './events.js';
import { claimPartialFile } from './partial-file.js';
import { inspectRemoteFile } from './remote-file.js';
import type { RemoteFile } from './remote-file.js';
import {
  checkSha256,
  checkSize,
  chunksOf,
  contentLength,
  InterruptedDownload,
  request,
  statusError,
} from './response.js';
import type { Fetch } from './response.js';

export interface DownloadOptions {
  readonly fetch: Fetch;
  readonly sha256: string | undefined;
  readonly maxBytes: number;
  readonly progress: (event: WeightsEvent) => void;
  readonly signal: AbortSignal | undefined;
}

const ATTEMPTS = 4;
const FIRST_DELAY = 250; // milliseconds, doubled with every attempt

/**
 * Downloads to `file`, which appears only when complete and verified; an interrupted download goes on where it stopped.
 *
 * @throws WeightsError when the server does not have it, it is too large, cut short, or its checksum is another
 */
export async function download(url: string, file: string, options: DownloadOptions): Promise<void> {
  const { signal, progress } = options;
  await mkdir(dirname(file), { recursive: true });
  const remote = await retrying(url, options, () => inspectRemoteFile(url, options.fetch, signal));
  checkSize(url, remote.size, options.maxBytes);
  const partial = await claimPartialFile(file, remote.version ?? '');
  try {
    await retrying(url, options, () => transfer(url, partial.path, remote, options));
    try {
      checkSha256(url, options.sha256 ?? remote.sha256, await sha256OfFile(partial.path));
    } catch (error) {
      await rm(partial.path, { force: true });
      throw error;
    }
    const bytes = await sizeOf(partial.path);
    await rename(partial.path, file);
    progress({ type: 'done', url, file, bytes });
  } finally {
    await partial.release();
  }
}

export async function sha256OfFile(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

async function retrying<T>(url: string, { signal, progress }: DownloadOptions, attempt: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof InterruptedDownload) || tries === ATTEMPTS) throw error;
      progress({ type: 'retry', url, reason: error.message });
      await delay(FIRST_DELAY * 2 ** (tries - 1), undefined, signal ? { signal } : {});
    }
  }
}

/** Fetches what is missing of the file; without a version one could join two different files, so it starts over. */
async function transfer(url: string, partial: string, remote: RemoteFile, options: DownloadOptions): Promise<void> {
  const { fetch, maxBytes, progress, signal } = options;
  let received = remote.version === undefined ? 0 : await sizeOf(partial);
  if (received > 0 && received === remote.size) return;
  if (remote.size !== undefined && received > remote.size) received = 0;
  const response = await request(fetch, url, {
    headers: { 'accept-encoding': 'identity', ...(received > 0 ? { range: `bytes=${received}-` } : {}) },
    ...(signal ? { signal } : {}),
  });
  const { start, total = remote.size } = await answeredRange(url, response, received);
  checkSize(url, total, maxBytes);
  received = start;
  progress({ type: 'start', url, received, total });
  const handle = await open(partial, received > 0 ? 'a' : 'w');
  try {
    for await (const chunk of chunksOf(url, response, signal)) {
      received += chunk.length;
      checkSize(url, received, maxBytes);
      await handle.appendFile(chunk);
      progress({ type: 'progress', url, received, total });
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  if (total !== undefined && received !== total) {
    throw new InterruptedDownload(`Expected ${total} bytes from ${url} but received ${received}`);
  }
}

/** Where the answer starts in the file: a server may ignore the range and send all of it. */
async function answeredRange(
  url: string,
  response: Response,
  from: number,
): Promise<{ start: number; total?: number }> {
  const withTotal = (start: number, total: number | undefined): { start: number; total?: number } =>
    total === undefined ? { start } : { start, total };
  if (response.status === 200) return withTotal(0, contentLength(response.headers));
  if (response.status !== 206) {
    await response.body?.cancel();
    throw statusError(url, response);
  }
  const range = response.headers.get('content-range') ?? '';
  const [, start, total] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(range) ?? [];
  if (from === 0 || start === undefined || Number(start) !== from) {
    await response.body?.cancel();
    throw new WeightsError(`Expected the bytes from ${from} of ${url} but the server sent the range "${range}"`);
  }
  return withTotal(from, total === '*' || total === undefined ? undefined : Number(total));
}

async function sizeOf(file: string): Promise<number> {
  return stat(file).then(
    ({ size }) => size,
    () => 0,
  );
}
