import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';

const REASONS: Readonly<Record<string, readonly [status: number, message: string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'Expected the whole request within the time limit'],
  HPE_HEADER_OVERFLOW: [431, 'Expected a shorter head of the request'],
  HPE_INVALID_EOF_STATE: [400, 'Expected the rest of the request but the connection was closed'],
};

/** Answers what is no whole HTTP request, which no route ever sees. */
export function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return socket.destroy() && undefined;
  const [statusCode, message] = REASONS[error.code ?? ''] ?? [400, 'Expected a request in HTTP'];
  const body = JSON.stringify({ statusCode, error: STATUS_CODES[statusCode], message });
  socket.end(
    `HTTP/1.1 ${statusCode} ${STATUS_CODES[statusCode]}\r\nContent-Type: application/json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
  socket.destroySoon();
}
