import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { DownloadError, InterruptedDownload } from './error.js';
import type { DownloadEvent } from './events.js';
import { claimPartialFile } from './partial-file.js';
import { inspectRemoteFile, MAX_REDIRECTS } from './remote-file.js';
import type { RemoteFile } from './remote-file.js';
import { redirected, requireSecure } from './require-secure.js';
import { checkSha256, checkSize, chunksOf, contentLength, request, statusError } from './response.js';
import type { Fetch } from './response.js';

/** What is expected of a file, who is told, and what stops it. */
export interface DownloadOptions {
  /** Checksum of the file, 64 hexadecimal digits; what the server states, where it states one, by default. */
  readonly sha256?: string | undefined;
  /** Largest file taken. */
  readonly maxBytes: number;
  readonly progress?: ((event: DownloadEvent) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** In place of the global one. */
  readonly fetch?: Fetch | undefined;
}

type Settings = { readonly [Key in keyof DownloadOptions]-?: DownloadOptions[Key] } & {
  readonly progress: (event: DownloadEvent) => void;
  readonly fetch: Fetch;
};

const ATTEMPTS = 4;
const FIRST_DELAY = 250; // milliseconds, doubled with every attempt

/**
 * Downloads over HTTPS to `file`, which appears only when complete and verified; an interrupted download goes on where it stopped,
 * in this run or a later one. Plain HTTP is for this machine's own addresses alone.
 *
 * @throws DownloadError when the server does not have it, it is too large, cut short, or its checksum is another, or for an
 *   address, the first or one it leads to, that is not secure; the signal's reason when aborted
 */
export async function download(
  url: string,
  file: string,
  { sha256, maxBytes, progress = () => {}, signal, fetch = globalThis.fetch }: DownloadOptions,
): Promise<void> {
  const options: Settings = { sha256, maxBytes, progress, signal, fetch };
  requireSecure(url);
  await mkdir(dirname(file), { recursive: true });
  const remote = await retrying(url, options, () => inspectRemoteFile(url, options.fetch, signal));
  checkSize(url, remote.size, options.maxBytes);
  const partial = await claimPartialFile(file, versionOf(remote, sha256) ?? '');
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

/** Tells files apart that may follow each other at an address; undefined where nothing is known of them. */
const versionOf = ({ version }: RemoteFile, sha256: string | undefined) => version ?? sha256?.toLowerCase();

/** The SHA-256 of a file's bytes, in hexadecimal digits. */
export async function sha256OfFile(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

async function retrying<T>(url: string, { signal, progress }: Settings, attempt: () => Promise<T>): Promise<T> {
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
async function transfer(url: string, partial: string, remote: RemoteFile, options: Settings): Promise<void> {
  const { maxBytes, progress, signal } = options;
  let received = versionOf(remote, options.sha256) === undefined ? 0 : await sizeOf(partial);
  if (received > 0 && received === remote.size) return;
  if (remote.size !== undefined && received > remote.size) received = 0;
  let response = await ask(url, received, options);
  if (response.status === RANGE_NOT_SATISFIABLE && received > 0) {
    // All of a file whose size was not told may be there, or more than there is now.
    await response.body?.cancel();
    received = 0;
    response = await ask(url, received, options);
  }
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

const RANGE_NOT_SATISFIABLE = 416;

/** Asks for the file from a byte on; redirects are followed by hand, none to where it is not secure. */
async function ask(url: string, from: number, { fetch, signal }: Settings): Promise<Response> {
  const headers = { 'accept-encoding': 'identity', ...(from > 0 ? { range: `bytes=${from}-` } : {}) };
  let target = url;
  for (let redirects = 0; ; redirects++) {
    const response = await request(fetch, target, { headers, redirect: 'manual', ...(signal ? { signal } : {}) });
    const location = response.headers.get('location');
    if (!(response.status >= 300 && response.status < 400 && location)) return response;
    await response.body?.cancel();
    if (redirects === MAX_REDIRECTS)
      throw new DownloadError(`Expected at most ${MAX_REDIRECTS} redirects from ${url} but there are more`);
    target = redirected(target, location);
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
    throw new DownloadError(`Expected the bytes from ${from} of ${url} but the server sent the range "${range}"`);
  }
  return withTotal(from, total === '*' || total === undefined ? undefined : Number(total));
}

async function sizeOf(file: string): Promise<number> {
  return stat(file).then(
    ({ size }) => size,
    () => 0,
  );
}
