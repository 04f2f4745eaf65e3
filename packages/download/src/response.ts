import { DownloadError, InterruptedDownload } from './error.js';

/** As the global `fetch`, of which this is all that is used. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** Requests, and turns a broken connection into an InterruptedDownload; an abort stays what it is. */
export async function request(fetch: Fetch, url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (error) {
    init.signal?.throwIfAborted();
    throw new InterruptedDownload(`Expected an answer from ${url} but the connection failed: ${reasonOf(error)}`, {
      cause: error,
    });
  }
}

/** What a status other than success means. */
export function statusError(url: string, { status, statusText }: Response): DownloadError {
  const answer = `Expected a file at ${url} but the server answered ${status} ${statusText}`.trim();
  if (status === 404) return new DownloadError(`${answer}: check the address`);
  if (status === 401 || status === 403) return new DownloadError(`${answer}: it is not public, or not there`);
  const Failure = status === 429 || status >= 500 ? InterruptedDownload : DownloadError;
  return new Failure(answer);
}

/** fetch hides why it failed in the cause of its error. */
function reasonOf(error: unknown): string {
  if (!isError(error)) return String(error);
  const cause: unknown = error.cause;
  if (!isError(cause)) return error.message;
  return cause.message || ('code' in cause ? String(cause.code) : error.message); // a failure on several addresses has only a code
}

/** Not `instanceof`: fetch's errors can come from another realm. */
function isError(value: unknown): value is Error {
  return Object.prototype.toString.call(value) === '[object Error]';
}

/** Of the body; undefined where it is not told, or not that of the file itself. */
export function contentLength(headers: Headers, name = 'content-length'): number | undefined {
  const text = headers.get(name);
  return text !== null && /^\d+$/.test(text) && !headers.get('content-encoding') ? Number(text) : undefined;
}

/** @throws DownloadError for more than `maxBytes` */
export function checkSize(url: string, bytes: number | undefined, maxBytes: number): void {
  if (bytes !== undefined && bytes > maxBytes) {
    throw new DownloadError(`Expected at most ${maxBytes} bytes at ${url} but received ${bytes}`);
  }
}

/** @throws DownloadError for another checksum than the expected one */
export function checkSha256(where: string, expected: string | undefined, received: string): void {
  if (expected !== undefined && expected.toLowerCase() !== received) {
    throw new DownloadError(`Expected the SHA-256 ${expected} for ${where} but received ${received}`);
  }
}

/** The body piece by piece; stopping early, by a throw or a return, closes the connection. */
export async function* chunksOf(
  url: string,
  response: Response,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  const reader = response.body?.getReader();
  if (!reader) return;
  let done = false;
  try {
    for (;;) {
      const part = await reader.read().catch((error: unknown) => {
        signal?.throwIfAborted();
        throw new InterruptedDownload(`Expected more of ${url} but the connection broke off: ${reasonOf(error)}`, {
          cause: error,
        });
      });
      done = part.done;
      if (part.done) return;
      yield part.value;
    }
  } finally {
    if (!done) await reader.cancel().catch(() => {}); // a broken stream refuses, and is closed anyway
  }
}
