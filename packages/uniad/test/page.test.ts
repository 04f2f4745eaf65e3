import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { extname, join, resolve } from 'node:path';
import type { AddressInfo } from 'node:net';
import { load, train, writeSyntheticSet } from '@uniad/core';
import { build } from 'esbuild';
import sharp from 'sharp';
import { findChromium, visitInChromium } from './browser.js';

/** What the page below sends back. */
interface Answer {
  readonly scores: readonly number[];
  readonly anomalous: readonly boolean[];
  readonly heatMap: string;
  readonly offlineScore: number;
  readonly progress: readonly string[];
  readonly error: string;
}

const PAGE = `
  import * as tf from '@tensorflow/tfjs';
  import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
  import { load, PictureError } from '@uniad/core';

  const answer = async () => {
    setWasmPaths('/');
    await tf.setBackend('wasm');
    const files = new Set();
    const inspector = await load('/run', { progress: ({ file }) => files.add(file) });
    const blob = await (await fetch('/part.png')).blob();
    const canvas = new OffscreenCanvas(1, 1);
    const prediction = await inspector.predict(blob);
    prediction.drawHeatMap(canvas);
    const bitmap = await createImageBitmap(blob);
    const ofBitmap = await inspector.predict(bitmap);
    const png = new Uint8Array(await (await canvas.convertToBlob()).arrayBuffer());
    const error = await inspector.predict(new File(['no picture'], 'notes.png')).catch((error) =>
      error instanceof PictureError ? error.message : 'another error');
    inspector.dispose();
    await fetch('/away', { method: 'POST' });
    const offline = await load('/run');
    const again = await offline.predict(blob);
    return {
      scores: [prediction.score, ofBitmap.score],
      anomalous: [prediction.anomalous, ofBitmap.anomalous],
      heatMap: btoa(Array.from(png, (byte) => String.fromCharCode(byte)).join('')),
      offlineScore: again.score,
      progress: [...files],
      error,
    };
  };
  answer().then((answer) => answer, (error) => ({ failed: String(error?.stack ?? error) })).then(async (answer) => {
    await fetch('/answer', { method: 'POST', body: JSON.stringify(answer) });
  });
`;

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.wasm': 'application/wasm',
};

const WASM = resolve(__dirname, '../../../node_modules/@tensorflow/tfjs-backend-wasm/dist');

const chromium = findChromium();
const inChromium = chromium === undefined ? test.skip : test;

let folder: string;
let server: Server;
let answered: Promise<Answer>;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'uniad-page-'));
  const parts = join(folder, 'parts');
  await writeSyntheticSet(parts, { seed: 0, kinds: ['gear', 'tile'], train: 6, test: 2, size: 64 });
  await train({ data: parts, out: join(folder, 'run'), training: { epochs: 1 }, cache: join(folder, 'cache') });
  await cp(join(parts, 'gear/test/good/000.png'), join(folder, 'part.png'));
  await writeFile(join(folder, 'page.html'), '<!doctype html><script type="module" src="page.js"></script>');
  await build({
    stdin: { contents: PAGE, resolveDir: resolve(__dirname, '..') },
    outfile: join(folder, 'page.js'),
    bundle: true,
    format: 'esm',
    minify: true,
    conditions: ['@uniad/source', 'browser'],
    logLevel: 'error',
  });
  ({ server, answered } = serve());
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
}, 120_000);
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
  await rm(folder, { recursive: true });
});

/** The folder on the loopback, until the page says that the model is to be away. */
function serve() {
  let away = false;
  let answer: (answer: Answer) => void;
  const answered = new Promise<Answer>((done) => (answer = done));
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url!, 'http://localhost');
    if (request.method === 'POST') {
      const parts: Buffer[] = [];
      for await (const part of request) parts.push(part as Buffer);
      if (pathname === '/away') away = true;
      else answer(JSON.parse(Buffer.concat(parts).toString()) as Answer);
      response.end();
      return;
    }
    if (away && pathname.startsWith('/run/')) {
      response.destroy();
      return;
    }
    const place = pathname.endsWith('.wasm') ? WASM : folder;
    const bytes = await readFile(join(place, pathname)).catch(() => undefined);
    response.writeHead(bytes ? 200 : 404, { 'content-type': TYPES[extname(pathname)] ?? 'application/octet-stream' });
    response.end(bytes);
  });
  return { server, answered };
}

inChromium(
  'a bundled page loads a model, finds what Node finds, and goes on without the server',
  async () => {
    const { port } = server.address() as AddressInfo;
    const page = `http://localhost:${port}/page.html`;
    const complaints = await visitInChromium(chromium!, page, answered);
    const expected = /favicon|ERR_EMPTY_RESPONSE|ERR_CONNECTION/; // The second is the server that is away.
    expect(complaints.filter((line) => !expected.test(line))).toEqual([]);
    const answer = await answered;
    expect(answer).not.toHaveProperty('failed');

    const inspector = await load(join(folder, 'run'));
    const { score, anomalous, heatMap } = await inspector.predict(join(folder, 'part.png'));
    for (const received of [...answer.scores, answer.offlineScore]) {
      expect(Math.abs(received - score) / score).toBeLessThan(1e-3);
    }
    expect(answer.anomalous).toEqual([anomalous, anomalous]);
    expect(answer.progress).toEqual(['model.json', 'model.safetensors', 'backbone.safetensors']);
    expect(answer.error).toMatch(/^Cannot read notes\.png: cannot be decoded/);

    const raw = (picture: Buffer) => sharp(picture).removeAlpha().raw().toBuffer({ resolveWithObject: true });
    const [drawn, ofNode] = await Promise.all([raw(Buffer.from(answer.heatMap, 'base64')), raw(await heatMap())]);
    expect(drawn.info).toMatchObject({ width: 64, height: 64 });
    const away = drawn.data.map((value, i) => Math.abs(value - ofNode.data[i]!));
    expect(away.reduce((sum, value) => sum + value, 0) / away.length).toBeLessThan(4); // Lines are smoothed in other ways.
    inspector.dispose();
  },
  90_000,
);

test('the browser entry stays small beside TensorFlow.js', async () => {
  const { outputFiles } = await build({
    stdin: { contents: "export { load } from '@uniad/core'", resolveDir: resolve(__dirname, '..') },
    bundle: true,
    format: 'esm',
    minify: true,
    write: false,
    conditions: ['@uniad/source', 'browser'],
    external: ['@tensorflow/*'],
    logLevel: 'error',
  });
  expect(outputFiles[0]!.contents.length).toBeLessThan(200 * 1024);
});
