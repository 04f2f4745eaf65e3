import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface FileServer {
  readonly url: string;
  /** Every request as `METHOD path range`. */
  readonly requests: string[];
  /** What the server does now; tests change it. */
  behaviour: Behaviour;
  close(): Promise<void>;
}

export interface Behaviour {
  readonly bytes: Uint8Array;
  /** `hub`: HEAD redirects to the store and states the checksum, as model hubs do. */
  readonly style?: 'hub' | 'plain' | 'no-head';
  readonly etag?: string;
  readonly status?: number;
  /** Sends every request on to there. */
  readonly redirect?: string;
  /** Does not tell how long an answer is. */
  readonly chunked?: boolean;
  readonly ignoreRange?: boolean;
  readonly wrongRange?: boolean;
  /** Cuts the connection after so many bytes of each answer. */
  readonly cutAfter?: number;
  /** Keeps the answer open after the first half, until the client goes. */
  readonly hang?: boolean;
}

/** A model hub on 127.0.0.1 that can misbehave. */
export async function startFileServer(bytes: Uint8Array): Promise<FileServer> {
  const requests: string[] = [];
  const server = createServer((request, response) => answer(request, response, handle));
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  const handle: FileServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    behaviour: { bytes },
    close: () =>
      new Promise((closed) => {
        server.closeAllConnections();
        server.close(() => closed());
      }),
  };
  return handle;
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function answer(request: IncomingMessage, response: ServerResponse, { behaviour, requests }: FileServer): void {
  const { bytes, style = 'hub', status } = behaviour;
  const range = request.headers.range;
  requests.push([request.method, request.url, range].filter(Boolean).join(' '));
  const etag = behaviour.etag ?? `"${sha256(bytes)}"`;
  if (status !== undefined) return void response.writeHead(status).end();
  if (behaviour.redirect !== undefined) return void response.writeHead(302, { location: behaviour.redirect }).end();
  if (request.method === 'HEAD' && style === 'no-head') return void response.writeHead(405).end();
  if (style === 'hub' && !request.url!.startsWith('/store')) {
    const headers = {
      location: '/store/blob',
      'x-linked-etag': etag,
      'x-linked-size': bytes.length,
      etag: '"of-the-redirect"',
    };
    return void response.writeHead(302, headers).end();
  }
  if (request.method === 'HEAD') return void response.writeHead(200, { 'content-length': bytes.length, etag }).end();
  const start = range && !behaviour.ignoreRange ? Number(/^bytes=(\d+)-$/.exec(range)![1]) : 0;
  const partial = start > 0;
  if (start >= bytes.length && partial) return void response.writeHead(416).end();
  const body = bytes.subarray(start);
  const from = behaviour.wrongRange ? start - 1 : start;
  response.writeHead(partial ? 206 : 200, {
    ...(behaviour.chunked ? {} : { 'content-length': body.length }),
    ...(partial ? { 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` } : {}),
  });
  const cut = behaviour.cutAfter ?? (behaviour.hang ? Math.floor(body.length / 2) : body.length);
  if (cut >= body.length) return void response.end(body);
  response.write(body.subarray(0, cut), () => {
    if (!behaviour.hang) setTimeout(() => response.destroy(), 20); // lets the client read what was sent
  });
}
