import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { serve } from '../src/index.js';
import type { Service } from '../src/index.js';
import { trainModels } from './model.js';
import type { Known } from './model.js';
import { form, metric, post, sendRaw } from './requests.js';

const MAX_BYTES = 200_000;
const TOKEN = 'correct horse battery staple';

let folder: string;
let known: Known[];
let service: Service;
let url: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'uniad-serve-'));
  known = await trainModels(folder);
  service = await serve({
    models: { run: join(folder, 'run'), other: join(folder, 'other') },
    port: 0,
    workers: 1,
    maxBytes: MAX_BYTES,
    maxPixels: 200 * 200,
    timeoutMs: 20_000,
  });
  ({ url } = service);
}, 120_000);

afterAll(async () => {
  await service?.close();
  await rm(folder, { recursive: true, force: true });
});

describe('a picture', () => {
  test('gets the score that predict gives it, as a body, in a form, and with many at once', async () => {
    const [first] = known;
    for (const body of [first!.bytes, form({ picture: first!.bytes })]) {
      const { status, json } = await post(`${url}/predict`, body);
      expect(status).toBe(200);
      expect(json).toEqual({
        model: 'run',
        score: expect.closeTo(first!.score, 4),
        normalizedScore: expect.any(Number),
        anomalous: first!.anomalous,
        threshold: expect.any(Number),
        category: 'gear',
        categoryDistance: expect.any(Number),
      });
    }
    const many = Array.from({ length: 24 }, (_, i) => known[i % known.length]!);
    const answers = await Promise.all(many.map(({ bytes }) => post(`${url}/models/run/predict`, bytes)));
    answers.forEach(({ json }, i) => expect(json.score).toBeCloseTo(many[i]!.score, 4));
    // Not each by itself: the queue put some together.
    const batches = await metric(url, 'uniad_batch_size_count{model="run"}');
    expect(await metric(url, 'uniad_batch_size_sum{model="run"}')).toBeGreaterThan(batches);
  });

  test('that is bad costs none of those beside it', async () => {
    const bad = known[0]!.bytes.subarray(0, known[0]!.bytes.length / 2);
    const bodies = known.flatMap(({ bytes }) => [bytes, bad]);
    const answers = await Promise.all(bodies.map((bytes) => post(`${url}/predict`, bytes)));
    answers.forEach(({ status, json }, i) => {
      expect(status).toBe(i % 2 === 0 ? 200 : 422);
      if (i % 2 === 0) expect(json.score).toBeCloseTo(known[i / 2]!.score, 4);
    });
  });

  test('is inspected by the model that is named', async () => {
    const { json } = await post(`${url}/models/other/predict`, known[0]!.bytes);
    expect(json.model).toBe('other');
    expect(json.score).not.toBeCloseTo(known[0]!.score, 4);
  });

  test('comes back as heat map and as map, where asked for', async () => {
    const { bytes, map, score } = known[1]!;
    const { json } = await post(`${url}/predict?include=map,heatmap`, bytes);
    expect(await sharp(Buffer.from(json.heatmap, 'base64')).metadata()).toMatchObject({ format: 'png', width: 96 });
    expect(json.map).toEqual({ height: 64, width: 64, values: expect.any(String) });
    const values = Buffer.from((json.map as { values: string }).values, 'base64');
    map.forEach((value, i) => expect(values.readFloatLE(4 * i)).toBeCloseTo(value, 3));

    const png = await post(`${url}/predict`, bytes, { headers: { accept: 'image/png' } });
    expect(png.headers.get('content-type')).toBe('image/png');
    expect(png.bytes.equals(Buffer.from(json.heatmap, 'base64'))).toBe(true);
    expect(JSON.parse(png.headers.get('uniad-inspection')!)).toMatchObject({
      model: 'run',
      score: expect.closeTo(score, 4),
    });
    const tiff = await post(`${url}/predict`, bytes, { headers: { accept: 'image/tiff, application/json;q=0.5' } });
    expect(await sharp(tiff.bytes).metadata()).toMatchObject({ format: 'tiff', depth: 'float', width: 64, height: 64 });
  });
});

type Body = BodyInit | Uint8Array | Promise<Uint8Array>;
type BadRequest = [what: string, path: string, body: () => Body, status: number, message: string, init?: RequestInit];

describe('a request that cannot be answered gets a reason', () => {
  const png = (side: number) =>
    sharp({ create: { width: side, height: side, channels: 3, background: '#888' } })
      .png()
      .toBuffer();
  const good = () => known[0]!.bytes;
  test.each<BadRequest>([
    ['an empty body', '/predict', () => '', 400, 'but it is empty'],
    ['no picture', '/predict', () => 'hello', 422, 'expected JPEG, PNG, WebP'],
    ['JSON', '/predict', () => '{"a":', 422, 'expected JPEG', { headers: { 'content-type': 'application/json' } }],
    ['half a picture', '/predict', () => good().subarray(0, good().length / 2), 422, 'Cannot read the picture'],
    ['an SVG', '/predict', () => '<svg xmlns="http://www.w3.org/2000/svg"/>', 422, 'expected JPEG'],
    ['too many bytes', '/predict', () => new Uint8Array(MAX_BYTES + 1), 413, `at most ${MAX_BYTES} bytes`],
    [
      'too many bytes in a form',
      '/predict',
      () => form({ a: new Uint8Array(MAX_BYTES + 1) }),
      413,
      `at most ${MAX_BYTES} bytes`,
    ],
    ['too many pixels', '/predict', () => png(201), 422, 'at most 40000 pixels but it has 201 x 201'],
    ['a form without a file', '/predict', () => form({}), 400, 'form'],
    ['two files', '/predict', () => form({ a: good(), b: good() }), 413, 'one file in the form'],
    [
      'a form that is none',
      '/predict',
      () => 'x',
      400,
      'a form with a file',
      { headers: { 'content-type': 'multipart/form-data; boundary=y' } },
    ],
    ['an unknown model', '/models/none/predict', good, 404, 'one of the models run, other but received "none"'],
    ['a path for a model', '/models/..%2Frun/predict', good, 404, 'one of the models'],
    ['a name of all objects', '/models/__proto__/predict', good, 404, 'one of the models'],
    ['an unknown part of the answer', '/predict?include=all', good, 400, 'include'],
    ['an answer in CSV', '/predict', good, 406, 'application/json, image/png', { headers: { accept: 'text/csv' } }],
    ['another address', '/inspect', good, 404, 'not found'],
  ])('%s', async (...[, path, body, status, message, init]: BadRequest) => {
    const answer = await post(`${url}${path}`, await body(), init);
    expect(answer).toMatchObject({ status, json: { statusCode: status } });
    expect(answer.json.message).toContain(message);
  });

  const head = 'POST /predict HTTP/1.1\r\nHost: x\r\n';
  test.each([
    ['no HTTP', 'hello\r\n\r\n', 'HTTP/1.1 400'],
    ['a body that is cut off', `${head}Content-Length: 1000\r\n\r\nabc`, 'HTTP/1.1 400'],
    ['a body in pieces that is cut off', `${head}Transfer-Encoding: chunked\r\n\r\nff\r\nabc`, 'HTTP/1.1 400'],
    ['a head without end', `GET / HTTP/1.1\r\nX: ${'x'.repeat(40_000)}`, 'HTTP/1.1 431'],
  ])('%s', async (_, text, status) => {
    const answer = await sendRaw(url, text, { end: true });
    expect(answer.startsWith(status)).toBe(true);
    expect(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')))).toEqual({
      statusCode: Number(status.slice(-3)),
      error: expect.any(String),
      message: expect.stringContaining('Expected'),
    });
  });

  test('and keeps no place', async () => {
    expect(await metric(url, 'uniad_requests_taken')).toBe(0);
    expect((await post(`${url}/predict`, known[0]!.bytes)).status).toBe(200);
  });
});

describe('a service', () => {
  test('tells of itself', async () => {
    const get = async (path: string) => (await fetch(`${url}${path}`)).json();
    expect(await get('/health')).toEqual({ status: 'ok' });
    expect(await get('/ready')).toEqual({ status: 'ready' });
    expect(await get('/models')).toEqual([
      expect.objectContaining({ name: 'run', ready: true, workers: 1, categories: ['gear'], imageSize: [64, 64] }),
      expect.objectContaining({ name: 'other', ready: true }),
    ]);
    const { paths } = (await get('/openapi.json')) as {
      paths: Record<string, { post: { requestBody: { content: object } } }>;
    };
    expect(Object.keys(paths)).toEqual([
      '/health',
      '/ready',
      '/metrics',
      '/models',
      '/predict',
      '/models/{model}/predict',
    ]);
    expect(Object.keys(paths['/predict']!.post.requestBody.content)).toContain('multipart/form-data');
    expect(await metric(url, 'uniad_requests_total{model="run",status="200"}')).toBeGreaterThan(0);
    expect(await metric(url, 'uniad_requests_total{model="run",status="413"}')).toBeGreaterThan(0);
    expect(await metric(url, 'uniad_workers_resident_bytes{model="run"}')).toBeGreaterThan(1e7);
  });

  test('with a token answers those who bear it', async () => {
    const guarded = await serve({ models: { run: join(folder, 'run') }, port: 0, workers: 1, token: TOKEN });
    try {
      const status = async (path: string, authorization?: string) =>
        (await fetch(`${guarded.url}${path}`, { headers: authorization === undefined ? {} : { authorization } }))
          .status;
      for (const path of ['/', '/health', '/ready', '/openapi.json'])
        expect([path, await status(path)]).toEqual([path, 200]);
      for (const path of ['/metrics', '/models']) {
        expect(await status(path)).toBe(401);
        expect(await status(path, 'Bearer other')).toBe(401);
        expect(await status(path, `Bearer ${TOKEN}`)).toBe(200);
      }
      const picture = known[0]!.bytes;
      expect(await post(`${guarded.url}/predict`, picture)).toMatchObject({
        status: 401,
        json: { statusCode: 401, message: expect.any(String) },
      });
      const headers = { authorization: `Bearer ${TOKEN}` };
      expect((await post(`${guarded.url}/predict`, picture, { headers })).json.score).toBeCloseTo(known[0]!.score, 4);
    } finally {
      await guarded.close();
    }
  });

  test.each<[string, () => Parameters<typeof serve>[0], string]>([
    ['no model', () => ({ models: {} }), 'Expected at least one model'],
    ['a name that is a path', () => ({ models: { 'a/b': folder } }), 'received "a/b"'],
    ['a folder without a model', () => ({ models: { run: join(folder, 'parts') }, port: 0 }), 'found no model.json'],
    [
      'a port that is taken',
      () => ({ models: { run: join(folder, 'run') }, port: Number(new URL(url).port) }),
      'Cannot listen',
    ],
    ['no workers', () => ({ models: { run: folder }, workers: 0 }), 'at least 1 for workers but received 0'],
    ['an empty token', () => ({ models: { run: folder }, token: '' }), 'a token that is not empty'],
  ])('does not start with %s', async (_, options, message) => {
    await expect(serve(options())).rejects.toThrow(message);
  });
});
