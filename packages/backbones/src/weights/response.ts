import { WeightsError } from './error.js';

/** A failure that may pass: a connection that broke off, or a server that is busy. */
export class InterruptedDownload extends WeightsError {}

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

export function statusError(url: string, { status, statusText }: Response): WeightsError {
  const answer = `the server answered ${status} ${statusText}`.trim();
  if (status === 404)
    return new WeightsError(`Expected weights at ${url} but ${answer}: check the name and the revision`);
  if (status === 401 || status === 403) {
    return new WeightsError(
      `Expected weights at ${url} but ${answer}: there is no such repository, or it is not public`,
    );
  }
  const Failure = status === 429 || status >= 500 ? InterruptedDownload : WeightsError;
  return new Failure(`Expected weights at ${url} but ${answer}`);
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

export function contentLength(headers: Headers, name = 'content-length'): number | undefined {
  const text = headers.get(name);
  return text !== null && /^\d+$/.test(text) && !headers.get('content-encoding') ? Number(text) : undefined;
}

export function checkSize(url: string, bytes: number | undefined, maxBytes: number): void {
  if (bytes !== undefined && bytes > maxBytes) {
    throw new WeightsError(`Expected at most ${maxBytes} bytes at ${url} but received ${bytes}`);
  }
}

export function checkSha256(where: string, expected: string | undefined, received: string): void {
  if (expected !== undefined && expected.toLowerCase() !== received) {
    throw new WeightsError(`Expected the SHA-256 ${expected} for ${where} but received ${received}`);
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
