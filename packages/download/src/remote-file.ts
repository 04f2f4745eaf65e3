import { redirected } from './require-secure.js';
import { contentLength, request, statusError } from './response.js';
import type { Fetch } from './response.js';

/** What a server says of a file before sending it. */
export interface RemoteFile {
  readonly size?: number;
  /** Tells versions of the file apart; missing when the server gives no strong ETag. */
  readonly version?: string;
  /** A hub's ETag of a large file is its checksum. */
  readonly sha256?: string;
}

/** Of one request. */
export const MAX_REDIRECTS = 5;

/**
 * Asks for a file's size and version. A hub answers with a redirect to its store and describes the file in that answer's
 * `X-Linked-*` headers, so redirects are followed by hand.
 *
 * @throws DownloadError when the server does not have the file, or sends on to an address that is not secure
 */
export async function inspectRemoteFile(
  url: string,
  fetch: Fetch,
  signal: AbortSignal | undefined,
): Promise<RemoteFile> {
  let target = url;
  for (let redirects = 0; ; redirects++) {
    const response = await request(fetch, target, {
      method: 'HEAD',
      redirect: 'manual',
      ...headRequest,
      ...(signal ? { signal } : {}),
    });
    const { status, headers } = response;
    const location = headers.get('location');
    if (status >= 300 && status < 400 && location && !headers.has('x-linked-etag') && redirects < MAX_REDIRECTS) {
      target = redirected(target, location);
      continue;
    }
    if (status === 405 || status === 501) return {}; // HEAD is not for everyone
    if (status >= 400) throw statusError(target, response);
    return describe(headers);
  }
}

const headRequest = { headers: { 'accept-encoding': 'identity' } };

function describe(headers: Headers): RemoteFile {
  const linked = headers.has('x-linked-etag');
  const size = contentLength(headers, linked ? 'x-linked-size' : 'content-length');
  const version = /^"([^"]+)"$/.exec(headers.get(linked ? 'x-linked-etag' : 'etag') ?? '')?.[1];
  return {
    ...(size === undefined ? {} : { size }),
    ...(version === undefined ? {} : { version }),
    ...(version !== undefined && /^[0-9a-f]{64}$/i.test(version) ? { sha256: version } : {}),
  };
}
