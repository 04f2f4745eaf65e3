import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { claimPartialFile } from '../../../download/src/partial-file.js';
import { SafetensorsError, writeSafetensors } from '@uniad/nn';
import torchFiles from '../../../pickle/test/fixtures/torch.json';
import { sha256, startFileServer } from '../../../download/test/file-server.js';
import type { FileServer } from '../../../download/test/file-server.js';
import { WeightsError } from './error.js';
import type { WeightsEvent } from './events.js';
import { loadWeights as fetchWeights } from './fetch-weights.js';
import { loadWeights } from './load-weights.js';
import type { LoadWeightsOptions } from './load-weights.js';

const values = Float32Array.from({ length: 50_000 }, (_, i) => i / 7);
const state = { 'conv1.weight': { shape: [50, 1000], data: values } };
const bytes = writeSafetensors(state, {});
const other = writeSafetensors({ other: { shape: [2], data: new Float32Array(2) } }, {});
const REPOSITORY = 'timm/resnet18.tv_in1k';
const FILE = '/timm/resnet18.tv_in1k/resolve/main/model.safetensors';

let folder: string;
let server: FileServer;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'uniad-weights-'));
  server = await startFileServer(bytes);
});

afterEach(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

function load(options: LoadWeightsOptions = {}, source = REPOSITORY): ReturnType<typeof loadWeights> {
  return loadWeights(source, { cacheFolder: folder, hub: server.url, ...options });
}

const cachedFolder = (): string => join(folder, '127.0.0.1/timm/resnet18.tv_in1k/main');
const cachedFiles = (): string[] => (existsSync(cachedFolder()) ? readdirSync(cachedFolder()).sort() : []);
const downloads = (): string[] => server.requests.filter((request) => request.startsWith('GET /store'));

describe('files and folders', () => {
  test('reads a file', async () => {
    const file = join(folder, 'any.safetensors');
    writeFileSync(file, bytes);
    expect(await loadWeights(file)).toEqual(state);
    expect(await loadWeights(file, { sha256: sha256(bytes).toUpperCase() })).toEqual(state);
    await expect(loadWeights(file, { sha256: sha256(other) })).rejects.toThrow(
      `Expected the SHA-256 ${sha256(other)} for ${file} but received ${sha256(bytes)}`,
    );
    await expect(loadWeights(file, { maxBytes: 1000 })).rejects.toThrow(
      `Expected at most 1000 bytes at ${file} but received ${bytes.length}`,
    );
  });

  // What PyTorch wrote, both ways: tensors below `state_dict`, every name of them below `module.`
  test.each(['zip', 'legacy'] as const)(
    "reads PyTorch's files without what stands before every name: %s",
    async (format) => {
      const file = join(folder, 'weights.pth');
      const { tensors, ...files } = torchFiles.checkpoint;
      const content = Buffer.from(files[format], 'base64');
      writeFileSync(file, content);
      const plain = Object.keys(tensors).map((name) => name.replace('module.', ''));
      const loaded = await loadWeights(file);
      expect(Object.keys(loaded)).toEqual(plain);
      for (const [name, { shape, data }] of Object.entries(tensors)) {
        const { [name.replace('module.', '')]: tensor } = loaded;
        expect(tensor!.shape).toEqual(shape);
        expect(Array.from(tensor!.data)).toEqual(Array.from(Float32Array.from(data)));
      }
      writeFileSync(file, Buffer.from(content.toString('latin1').replaceAll('module.', 'model.x'), 'latin1'));
      expect(Object.keys(await loadWeights(file))).toEqual(plain.map((name) => `x${name}`));
      writeFileSync(file, Buffer.from(torchFiles.runs[format], 'base64'));
      const error = await loadWeights(file).catch((caught: unknown) => caught);
      expect(error).toBeInstanceOf(WeightsError);
      expect((error as WeightsError).message).toMatch(/weights\.pth: expected nothing to run .* names posix\.system/);
    },
  );

  test('finds model.safetensors, then the file of the backbone, in a folder', async () => {
    writeFileSync(join(folder, 'resnet18.safetensors'), other);
    expect(Object.keys(await loadWeights(folder, { backbone: 'resnet18' }))).toEqual(['other']);
    await expect(loadWeights(folder)).rejects.toThrow(
      `Expected model.safetensors in the folder ${folder} but there is none`,
    );
    writeFileSync(join(folder, 'model.safetensors'), bytes);
    expect(await loadWeights(folder, { backbone: 'resnet18' })).toEqual(state);
  });

  test.each(['./missing', '../missing/file', '/missing/folder', 'missing/model.safetensors'])(
    'does not look for %s on a hub',
    async (source) => {
      await expect(load({}, source)).rejects.toThrow(
        `Expected weights at ${source} but there is no such file or folder`,
      );
      expect(server.requests).toEqual([]);
    },
  );

  test.each([
    ['not safetensors', new TextEncoder().encode('not safetensors')],
    ['cut short', bytes.subarray(0, bytes.length - 1000)],
    ['cut short in its header', bytes.subarray(0, 20)],
    ['empty', new Uint8Array()],
  ])('names a file that is %s', async (_, content) => {
    const file = join(folder, 'broken.safetensors');
    writeFileSync(file, content);
    const error = await loadWeights(file).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(WeightsError);
    expect((error as WeightsError).message).toContain(file);
    expect((error as WeightsError).cause).toBeInstanceOf(SafetensorsError);
  });
});

describe('a hub', () => {
  test('downloads once, reports progress, and then reads the cache', async () => {
    const events: WeightsEvent[] = [];
    const progress = (event: WeightsEvent): number => events.push(event);
    expect(await load({ progress })).toEqual(state);
    const url = server.url + FILE;
    expect(events[0]).toEqual({ type: 'start', url, received: 0, total: bytes.length });
    expect(events.at(-2)).toEqual({ type: 'progress', url, received: bytes.length, total: bytes.length });
    expect(events.at(-1)).toEqual({
      type: 'done',
      url,
      file: join(cachedFolder(), 'model.safetensors'),
      bytes: bytes.length,
    });
    expect(server.requests).toEqual([`HEAD ${FILE}`, `GET ${FILE}`, 'GET /store/blob']);
    expect(cachedFiles()).toEqual(['model.safetensors']);

    events.length = 0;
    expect(await load({ progress })).toEqual(state);
    expect(events).toEqual([{ type: 'cached', file: join(cachedFolder(), 'model.safetensors') }]);
    expect(server.requests).toHaveLength(3);
  });

  test.each([
    ['resnet18', 'timm/resnet18.tv_in1k'],
    ['efficientnet_b4', 'timm/tf_efficientnet_b4.aa_in1k'],
    ['tf_efficientnet_b4', 'timm/tf_efficientnet_b4.aa_in1k'],
    ['tf_efficientnetv2_b0', 'timm/tf_efficientnetv2_b0.in1k'],
    ['tf_efficientnetv2_s', 'timm/tf_efficientnetv2_s.in1k'],
    ['tf_efficientnet_lite4', 'timm/tf_efficientnet_lite4.in1k'],
    ['resnet26', 'timm/resnet26.bt_in1k'],
    ['wide_resnet50_2', 'timm/wide_resnet50_2.tv_in1k'],
  ])('knows where the weights of %s are', async (name, repository) => {
    await load({ revision: 'v1.0' }, name);
    expect(server.requests[0]).toBe(`HEAD /${repository}/resolve/v1.0/model.safetensors`);
  });

  test.each([
    [
      'resnet19',
      {},
      'Expected a file, a folder, a backbone or a repository such as timm/resnet18.tv_in1k but received resnet19',
    ],
    ['timm/..', {}, 'but received timm/..'],
    ['a/b/c', {}, 'but received a/b/c'],
    [REPOSITORY, { revision: '../..' }, 'Expected a branch, tag or commit for the revision but received ../..'],
    [REPOSITORY, { hub: 'file:///etc' }, 'Expected an http(s) address for the hub but received file:///etc'],
  ])('refuses %s %j', async (source, options, message) => {
    await expect(load(options, source)).rejects.toThrow(message);
    expect(server.requests).toEqual([]);
  });

  test.each(['plain', 'no-head'] as const)('takes a %s server', async (style) => {
    server.behaviour = { bytes, style };
    expect(await load()).toEqual(state);
  });

  test.each([
    [404, 'the server answered 404 Not Found: check the address'],
    [401, 'the server answered 401 Unauthorized: it is not public, or not there'],
    [418, "the server answered 418 I'm a Teapot"],
  ])('explains status %i at once', async (status, message) => {
    server.behaviour = { bytes, status };
    const error = await load().catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(WeightsError);
    expect((error as WeightsError).message).toBe(`Expected a file at ${server.url}${FILE} but ${message}`);
    expect(server.requests).toHaveLength(1);
    expect(cachedFiles()).toEqual([]);
  });

  test('gives up on a server that stays busy, after some tries', async () => {
    server.behaviour = { bytes, status: 503 };
    await expect(load()).rejects.toThrow('503');
    expect(server.requests).toHaveLength(4);
  });

  test('goes on by itself where the connection broke off', async () => {
    server.behaviour = { bytes, cutAfter: 80_000 };
    const events: WeightsEvent[] = [];
    expect(await load({ progress: (event) => events.push(event) })).toEqual(state);
    expect(downloads()).toEqual(['GET /store/blob', 'GET /store/blob bytes=80000-', 'GET /store/blob bytes=160000-']);
    expect(events.filter(({ type }) => type === 'retry')).toHaveLength(2);
    expect(events.filter((event) => event.type === 'start').map(({ received }) => received)).toEqual([
      0, 80_000, 160_000,
    ]);
  });

  test('goes on where an aborted run stopped', async () => {
    server.behaviour = { bytes, hang: true };
    const controller = new AbortController();
    const progress = (event: WeightsEvent): void => {
      if (event.type === 'progress' && event.received >= bytes.length / 2 - 1) controller.abort();
    };
    await expect(load({ signal: controller.signal, progress })).rejects.toThrow(
      expect.objectContaining({ name: 'AbortError' }),
    );
    expect(cachedFiles()).toEqual([expect.stringMatching(/^[0-9a-f]{16}\.partial$/)]);
    const stoppedAt = readFileSync(join(cachedFolder(), cachedFiles()[0]!)).length;

    server.behaviour = { bytes };
    server.requests.length = 0;
    expect(await load()).toEqual(state);
    expect(downloads()).toEqual([`GET /store/blob bytes=${stoppedAt}-`]);
    expect(cachedFiles()).toEqual(['model.safetensors']);
  });

  test('goes on where a killed run stopped, and does not mix two versions of a file', async () => {
    mkdirSync(cachedFolder(), { recursive: true });
    const place = await claimPartialFile(join(cachedFolder(), 'model.safetensors'), sha256(bytes));
    writeFileSync(place.path.replace(`-${process.pid}-`, '-2147483647-'), bytes.subarray(0, 1234)); // a process that is no more
    server.behaviour = { bytes: other };
    expect(Object.keys(await load())).toEqual(['other']);
    expect(downloads()).toEqual(['GET /store/blob']);

    rmSync(join(cachedFolder(), 'model.safetensors'));
    server.behaviour = { bytes };
    server.requests.length = 0;
    expect(await load()).toEqual(state);
    expect(downloads()).toEqual(['GET /store/blob bytes=1234-']);
    expect(cachedFiles()).toEqual(['model.safetensors']);
  });

  test('starts over when the server ignores the range', async () => {
    server.behaviour = { bytes, cutAfter: 150_000, ignoreRange: true };
    const progress = (event: WeightsEvent): void => {
      if (event.type === 'retry') server.behaviour = { bytes, ignoreRange: true };
    };
    expect(await load({ progress })).toEqual(state);
    expect(downloads()).toEqual(['GET /store/blob', 'GET /store/blob bytes=150000-']);
  });

  test('refuses a range that was not asked for', async () => {
    server.behaviour = { bytes, cutAfter: 80_000, wrongRange: true };
    await expect(load()).rejects.toThrow(
      `but the server sent the range "bytes 79999-${bytes.length - 1}/${bytes.length}"`,
    );
  });

  test('refuses a body that stays short', async () => {
    server.behaviour = { bytes, style: 'no-head', cutAfter: 1000 };
    await expect(load()).rejects.toThrow(/connection broke off/);
    expect(cachedFiles().filter((name) => name === 'model.safetensors')).toEqual([]);
  });

  test('refuses bytes with another checksum, keeps none of them, and takes the right ones next time', async () => {
    server.behaviour = { bytes, etag: `"${sha256(other)}"` };
    await expect(load()).rejects.toThrow(
      `Expected the SHA-256 ${sha256(other)} for ${server.url}${FILE} but received ${sha256(bytes)}`,
    );
    expect(cachedFiles()).toEqual([]);
    server.behaviour = { bytes };
    await expect(load({ sha256: sha256(other) })).rejects.toThrow(WeightsError);
    expect(await load({ sha256: sha256(bytes) })).toEqual(state);
  });

  test('downloads again when the cached file has another checksum than the given one', async () => {
    await load();
    writeFileSync(join(cachedFolder(), 'model.safetensors'), other);
    expect(Object.keys(await load())).toEqual(['other']);
    expect(await load({ sha256: sha256(bytes) })).toEqual(state);
  });

  test.each(['hub', 'no-head'] as const)('refuses a file beyond the limit from a %s server', async (style) => {
    server.behaviour = { bytes, style };
    await expect(load({ maxBytes: 1000 })).rejects.toThrow(/^Expected at most 1000 bytes at .* but received/);
    expect(cachedFiles().filter((name) => name === 'model.safetensors')).toEqual([]);
  });

  test('loads in parallel', async () => {
    const states = await Promise.all([load(), load(), load()]);
    expect(states).toEqual([state, state, state]);
    expect(cachedFiles()).toEqual(['model.safetensors']);
  });

  test('takes another fetch, and an abort before it starts', async () => {
    const asked: string[] = [];
    const fetch = (url: string, init: RequestInit): Promise<Response> => {
      asked.push(url);
      return globalThis.fetch(url, init);
    };
    await load({ fetch });
    expect(asked).toEqual([server.url + FILE, server.url + FILE, `${server.url}/store/blob`]);
    await expect(load({ signal: AbortSignal.abort() })).rejects.toThrow(
      expect.objectContaining({ name: 'AbortError' }),
    );
  });

  test('says that there is no connection', async () => {
    await server.close();
    await expect(load()).rejects.toThrow(/^Expected an answer from http.* but the connection failed: .*ECONNREFUSED/);
  });
});

describe('in a browser', () => {
  const load = (options = {}, source: string | URL = REPOSITORY): ReturnType<typeof fetchWeights> =>
    fetchWeights(source, { hub: server.url, ...options });

  test('fetches from a hub or an address', async () => {
    const events: WeightsEvent[] = [];
    expect(await load({ sha256: sha256(bytes), progress: (event: WeightsEvent) => events.push(event) })).toEqual(state);
    expect(events[0]).toMatchObject({ type: 'start', total: bytes.length });
    expect(events.at(-1)).toMatchObject({ type: 'progress', received: bytes.length });
    expect(await load({}, new URL(`${server.url}/store/any`))).toEqual(state);
  });

  test('refuses a wrong checksum, a file beyond the limit, a body cut short and a missing file', async () => {
    await expect(load({ sha256: sha256(other) })).rejects.toThrow(`Expected the SHA-256 ${sha256(other)}`);
    await expect(load({ maxBytes: 1000 })).rejects.toThrow('Expected at most 1000 bytes');
    server.behaviour = { bytes, cutAfter: 1000 };
    await expect(load()).rejects.toThrow('connection broke off');
    server.behaviour = { bytes, status: 404 };
    await expect(load()).rejects.toThrow('404');
  });
});
