import { connect } from 'node:net';

/** Whatever was answered. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly json: Record<string, unknown> & { message: string; score: number; heatmap: string };
  readonly bytes: Buffer;
}

/** Posts a body and reads the answer, JSON or not. */
export async function post(url: string, body: BodyInit | Uint8Array, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(url, { method: 'POST', body: body as BodyInit, ...init });
  const bytes = Buffer.from(await response.arrayBuffer());
  const isJson = response.headers.get('content-type')?.startsWith('application/json');
  return {
    status: response.status,
    headers: response.headers,
    json: (isJson ? JSON.parse(bytes.toString()) : undefined) as Answer['json'],
    bytes,
  };
}

/** A form with pictures under a name each. */
export function form(files: Readonly<Record<string, Uint8Array>>): FormData {
  const data = new FormData();
  for (const [name, bytes] of Object.entries(files)) data.append(name, new Blob([bytes as BlobPart]), `${name}.png`);
  return data;
}

/** Sends raw text and ends the connection, or leaves it open; all that came back, once the other side closes. */
export function sendRaw(url: string, text: string, { end }: { end: boolean }): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
    const parts: Buffer[] = [];
    socket.on('data', (part) => parts.push(part));
    socket.on('end', () => {
      socket.end();
      resolve(Buffer.concat(parts).toString());
    });
    socket.on('error', reject);
    socket.write(text, () => {
      if (end) socket.end();
    });
  });
}

/** Waits until something holds; the test's own time limit ends it. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 10));
}

/** A figure of `/metrics`, by its name and labels as they stand there. */
export async function metric(url: string, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const line = text.split('\n').find((one) => one.startsWith(`${name} `));
  return line === undefined ? 0 : Number(line.slice(name.length));
}
