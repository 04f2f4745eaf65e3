import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DownloadEvent } from '@uniad/download';
import { zipSync } from 'fflate';
import sharp from 'sharp';
import { sha256, startFileServer, type FileServer } from '../../download/test/file-server.js';
import { downloadArchive, type DownloadArchiveOptions } from './archives/download-archive.js';
import { downloadDataset } from './download-dataset.js';
import { DatasetError } from './errors.js';

let bytes: Uint8Array;
let folder: string;
let server: FileServer;
let url: string;

beforeAll(async () => {
  const picture = await sharp({ create: { width: 8, height: 8, channels: 3, background: '#888' } })
    .png()
    .toBuffer();
  const names = ['train/good/0.png', 'train/good/1.png', 'test/good/0.png', 'test/hole/0.png'];
  // Padded, so that a download can be cut off in its middle.
  const padding = Buffer.alloc(200_000, 'x');
  bytes = zipSync(
    Object.fromEntries([...names.map((name) => [`set/part/${name}`, picture]), ['set/part/readme.txt', padding]]),
    { level: 0 },
  );
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'uniad-download-'));
  server = await startFileServer(bytes);
  server.behaviour = { bytes, style: 'plain' };
  url = `${server.url}/sets/part.zip`;
});
afterEach(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

const get = (options: Partial<DownloadArchiveOptions> = {}) =>
  downloadArchive(url, { sha256: sha256(bytes), cache: folder, ...options });
const kept = async () =>
  (await readdir(join(folder, 'downloads'), { recursive: true })).filter((name) => /\./.test(name));
const asked = () => server.requests.filter((request) => request.startsWith('GET'));

test('a data set is downloaded, extracted and opened, each once', async () => {
  const events: DownloadEvent[] = [];
  const options = { sha256: sha256(bytes).toUpperCase(), cache: folder };
  const dataset = await downloadDataset(url, { ...options, onDownload: (event) => events.push(event) });
  expect(dataset.layout).toBe('mvtec');
  expect(dataset.categories.map(({ name, train, test }) => [name, train.length, test.length])).toEqual([
    ['part', 2, 2],
  ]);
  expect((await dataset.categories[0]!.train[0]!.picture()).width).toBe(8);
  expect(events[0]).toMatchObject({ type: 'start', total: bytes.length });
  expect(events.at(-1)).toMatchObject({ type: 'done', bytes: bytes.length });
  await downloadDataset(url, { ...options, format: 'mvtec' });
  expect(asked()).toHaveLength(1);
});

test('a file has the name that it is given, or one that leads nowhere else', async () => {
  const file = join(folder, 'deep/other.zip');
  expect(await get({ file })).toBe(file);
  expect(new Uint8Array(await readFile(file))).toEqual(new Uint8Array(bytes));
  expect(await readdir(join(folder, 'deep'))).toEqual(['other.zip']);
  url = `${server.url}/a/..%2f..%2fevil.zip`;
  expect(await get()).toBe(join(folder, 'downloads', sha256(bytes).slice(0, 16), '_.._evil.zip'));
  await expect(get({ file: folder })).rejects.toThrow(`Expected a file at ${folder} but found a folder`);
});

test.each([
  ['tells ranges and a version', {}],
  ['has no HEAD and tells no length', { style: 'no-head', chunked: true }],
  ['has no version', { etag: 'W/"weak"' }],
] as const)('what an interrupted run left is gone on with, from a server that %s', async (_, behaviour) => {
  server.behaviour = { bytes, style: 'plain', ...behaviour, hang: true };
  const controller = new AbortController();
  const onDownload = (event: DownloadEvent) => {
    if (event.type === 'progress' && event.received >= bytes.length / 2 - 1) controller.abort();
  };
  await expect(get({ signal: controller.signal, onDownload })).rejects.toThrow(
    expect.objectContaining({ name: 'AbortError' }),
  );
  expect(await kept()).toEqual([expect.stringMatching(/\.partial$/)]);
  server.behaviour = { bytes, style: 'plain', ...behaviour };
  server.requests.length = 0;
  expect(new Uint8Array(await readFile(await get()))).toEqual(new Uint8Array(bytes));
  expect(asked()).toEqual([expect.stringMatching(/bytes=[1-9]\d+-$/)]);
  expect(await kept()).toEqual([expect.stringMatching(/part\.zip$/)]);
});

test('where all was received before it was killed, and its length is not told, it is fetched again', async () => {
  server.behaviour = { bytes: Buffer.concat([bytes, bytes]), style: 'no-head', chunked: true, cutAfter: bytes.length };
  const controller = new AbortController();
  const onDownload = ({ type }: DownloadEvent) => type === 'retry' && controller.abort();
  await expect(get({ signal: controller.signal, onDownload: (event) => void onDownload(event) })).rejects.toThrow();
  server.behaviour = { bytes, style: 'no-head', chunked: true };
  server.requests.length = 0;
  expect(new Uint8Array(await readFile(await get()))).toEqual(new Uint8Array(bytes));
  expect(asked()).toEqual([`GET /sets/part.zip bytes=${bytes.length}-`, 'GET /sets/part.zip']);
});

test('by itself it goes on where the connection broke off, and from the start where ranges are ignored', async () => {
  server.behaviour = { bytes, style: 'plain', cutAfter: 90_000 };
  await get();
  expect(asked().slice(1)).toEqual(['GET /sets/part.zip bytes=90000-', 'GET /sets/part.zip bytes=180000-']);
  await rm(join(folder, 'downloads'), { recursive: true });
  server.behaviour = { bytes, style: 'plain', cutAfter: 90_000, ignoreRange: true };
  const onDownload = ({ type }: DownloadEvent) => {
    if (type === 'retry') server.behaviour = { bytes, style: 'plain', ignoreRange: true };
  };
  expect(new Uint8Array(await readFile(await get({ onDownload })))).toEqual(new Uint8Array(bytes));
});

test('another file than the expected one is refused and not kept', async () => {
  const other = sha256(Buffer.from('other'));
  await expect(get({ sha256: other })).rejects.toThrow(
    `Expected the SHA-256 ${other} for ${url} but received ${sha256(bytes)}`,
  );
  expect(await kept()).toEqual([]);
  // One that stands there and is another is not taken, and stays until the right one is whole.
  const file = join(folder, 'old.zip');
  await writeFile(file, 'old');
  await expect(get({ file, sha256: other })).rejects.toThrow(DatasetError);
  expect(await readFile(file, 'utf8')).toBe('old');
  await get({ file });
  expect((await readFile(file)).length).toBe(bytes.length);
});

test.each([
  ['told', {}],
  ['not told', { style: 'no-head', chunked: true }],
] as const)('a file beyond the limit is refused, its length %s', async (_, behaviour) => {
  server.behaviour = { bytes, style: 'plain', ...behaviour };
  await expect(get({ maxBytes: 100_000 })).rejects.toThrow(/^Expected at most 100000 bytes at .* but received \d+$/);
  expect((await kept().catch(() => [])).filter((name) => name.endsWith('.zip'))).toEqual([]);
});

test.each([
  'http://example.org/part.zip',
  'http://127.0.0.1.example.org/part.zip',
  'ftp://example.org/part.zip',
  'file:///etc/part.zip',
  'part.zip',
])('%s is refused before anything is asked', async (address) => {
  const fetch = jest.fn();
  await expect(downloadArchive(address, { sha256: sha256(bytes), cache: folder, fetch })).rejects.toThrow(
    `Expected an https address but received ${address}`,
  );
  expect(fetch).not.toHaveBeenCalled();
});

test.each(['plain', 'no-head'] as const)('a redirect to plain http is refused: %s', async (style) => {
  const target = 'http://example.org/part.zip';
  server.behaviour = { bytes, style };
  // The answer to HEAD may be right where that to GET is not.
  const asked: string[] = [];
  const fetch = async (address: string, init: RequestInit) => {
    asked.push(address);
    if (init.method === 'HEAD') return globalThis.fetch(address, init);
    return new Response(null, { status: 302, headers: { location: target } });
  };
  const message = `Expected ${url} to lead to an https address but it leads to ${target}`;
  await expect(get({ fetch })).rejects.toThrow(message);
  expect(asked).not.toContain(target);
  server.behaviour = { bytes, style: 'plain', redirect: target };
  await expect(get()).rejects.toThrow(message);
  server.behaviour = { bytes, style: 'no-head', redirect: url };
  await expect(get()).rejects.toThrow('at most 5 redirects');
});

test.each([
  [{ sha256: 'abc' }, 'Expected 64 hexadecimal digits for sha256 but received "abc"'],
  [{ sha256: undefined as unknown as string }, 'Expected 64 hexadecimal digits for sha256'],
  [{ maxBytes: 0 }, 'maxBytes but received 0'],
  [{ checksum: '' }, 'but received checksum'],
])('refuses %j', async (options, message) => {
  await expect(get(options as object)).rejects.toThrow(message);
  expect(server.requests).toEqual([]);
});

test('what is no archive by its name is refused before it is fetched', async () => {
  const options = { sha256: sha256(bytes), cache: folder };
  await expect(downloadDataset(`${server.url}/part`, options)).rejects.toThrow(
    'or a file of such a name, but received',
  );
  expect(server.requests).toEqual([]);
});
