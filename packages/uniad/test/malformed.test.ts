import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { encodeModel, load, resolveConfig } from '@uniad/core';
import type { ConfigOverrides } from '@uniad/core';
import { decodePicture, extractArchive, openDataset } from '@uniad/datasets';
import { readPickle, readTorch } from '@uniad/pickle';
import sharp from 'sharp';
import { trainedModel } from './trained-model.js';

let folder: string;
let count = 0;
const at = (...names: string[]) => join(folder, ...names);

async function put(name: string, content: Uint8Array | string): Promise<string> {
  const path = at(String(count++), name);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
  return path;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'uniad-malformed-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** What is wrong, what reads it, and what must be said. */
type Case = readonly [what: string, read: () => unknown, message: RegExp];

async function check(read: Case[1], message: RegExp): Promise<void> {
  const error: unknown = await (async () => read())().then(
    () => undefined,
    (reason: unknown) => reason,
  );
  const { name, message: received } = error as Error;
  expect(received).toMatch(message);
  expect(name).toMatch(/^(Picture|Dataset|Pickle|Config|Run)Error$/);
}

const image = () => sharp({ create: { width: 40, height: 30, channels: 3, background: '#864' } });
const decode =
  (name: string, content: () => Promise<Uint8Array> | Uint8Array, limits = {}) =>
  async () =>
    decodePicture(await put(name, await content()), { limits });

const pictures: readonly Case[] = [
  ['a missing picture', () => decodePicture(at('none.png')), /^Cannot read .*none\.png: ENOENT/],
  ['a folder', () => decodePicture(folder), /^Cannot read .*: expected a file/],
  ['an empty file', decode('a.png', () => Buffer.alloc(0)), /a\.png: the file is empty$/],
  [
    'text',
    decode('b.png', () => Buffer.from('not a picture')),
    /b\.png: expected JPEG, PNG, .* but its first bytes are of none of them$/,
  ],
  ['an SVG', decode('c.png', () => Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>')), /c\.png: expected JPEG/],
  [
    'a PNG of a header alone',
    decode('d.png', async () => (await image().png().toBuffer()).subarray(0, 33)),
    /^Cannot read .*d\.png: ./,
  ],
  [
    'a PNG cut off',
    decode('e.png', async () => (await image().png({ compressionLevel: 0 }).toBuffer()).subarray(0, 1500)),
    /^Cannot read .*e\.png: ./,
  ],
  [
    'a JPEG cut off',
    decode('f.jpg', async () => (await image().jpeg().toBuffer()).subarray(0, -200)),
    /^Cannot read .*f\.jpg: ./,
  ],
  [
    'a WebP cut off',
    decode('g.webp', async () => (await image().webp().toBuffer()).subarray(0, 40)),
    /^Cannot read .*g\.webp: ./,
  ],
  [
    'a TIFF cut off',
    decode('h.tif', async () => (await image().tiff().toBuffer()).subarray(0, 60)),
    /^Cannot read .*h\.tif: ./,
  ],
  [
    'a GIF cut off',
    decode('i.gif', async () => (await image().gif().toBuffer()).subarray(0, 12)),
    /^Cannot read .*i\.gif: ./,
  ],
  ['a BMP of a header alone', decode('j.bmp', () => Buffer.from('BM'.padEnd(20, '\0'))), /^Cannot read .*j\.bmp: ./],
  [
    'an AVIF cut off',
    decode('k.avif', async () => (await image().avif({ effort: 0 }).toBuffer()).subarray(0, 100)),
    /^Cannot read .*k\.avif: ./,
  ],
  [
    'more pixels than allowed',
    decode('l.png', () => image().png().toBuffer(), { maxPixels: 1199 }),
    /l\.png: expected at most 1199 pixels but it has 40 x 30$/,
  ],
  [
    'more bytes than allowed',
    decode('m.png', () => image().png().toBuffer(), { maxBytes: 20 }),
    /m\.png: expected at most 20 bytes but it has \d+$/,
  ],
  [
    'a limit that is none',
    decode('n.png', () => image().png().toBuffer(), { maxBytes: -1 }),
    /^Expected a whole number above 0 for maxBytes but received -1$/,
  ],
];

const table =
  (...lines: string[]) =>
  async () =>
    openDataset(await put('list.csv', lines.join('\n')));
const lines =
  (name: string, ...texts: string[]) =>
  async () =>
    openDataset(await put(name, texts.join('\n')));

const manifests: readonly Case[] = [
  ['an empty table', table(''), /^Expected (a column image or .* in|pictures in) list\.csv but /],
  [
    'no column of pictures',
    table('name,label', 'a,0'),
    /^Expected a column image or filename or .* in list\.csv but found name, label$/,
  ],
  [
    'two columns of pictures',
    table('image,path', 'a.png,a.png'),
    /^Expected one column image in list\.csv but found image, path$/,
  ],
  ['a heading alone', table('image,label'), /^Expected pictures in list\.csv but it lists none$/],
  [
    'a row that is too short',
    table('image,label', 'a.png'),
    /^Expected a table in list\.csv: .*columns length is 2, got 1 on line 2/,
  ],
  ['a row that is too long', table('image,label', 'a.png,0,1'), /^Expected a table in list\.csv: .*line 2/],
  ['a quote without an end', table('image,label', '"a.png,0'), /^Expected a table in list\.csv: .*[Qq]uote/],
  ['no path', table('image,label', ',0'), /^list\.csv, line 2: expected a path for image but found nothing$/],
  [
    'no category',
    table('image,category', 'a.png,'),
    /^list\.csv, line 2: expected a name for category but found nothing$/,
  ],
  [
    'a label that is none',
    table('image,label', 'a.png,maybe'),
    /^list\.csv, line 2: expected good or anomalous, 0 or 1 for label but received maybe$/,
  ],
  [
    'a split that is none',
    table('image,split', 'a.png,holdout'),
    /^list\.csv, line 2: expected train, test or validation for split but received holdout$/,
  ],
  [
    'a path out of the folder',
    table('image', '../a.png'),
    /^list\.csv, line 2: expected a file in .* but received \.\.\/a\.png$/,
  ],
  [
    'an absolute path',
    table('image', '/etc/passwd'),
    /^list\.csv, line 2: expected a file in .* but received \/etc\/passwd$/,
  ],
  ['a missing picture', table('image', 'a.png'), /^list\.csv, line 2: expected a file at .*a\.png but found nothing$/],
  [
    'a missing mask',
    table('image,label,mask', 'list.csv,0,', 'x,1,../m.png'),
    /^list\.csv, line 3: expected a file at .*x but found nothing$/,
  ],
  ['no JSON', lines('train.json', '{"filename"'), /^train\.json, line 1: expected JSON but found \{"filename"$/],
  [
    'JSON that is no object',
    lines('train.json', '[1]'),
    /^train\.json, line 1: expected an object but received \[1\]$/,
  ],
  [
    'a filename that is no text',
    lines('train.json', '{"filename": 7}'),
    /^train\.json, line 1: expected a text for filename but received 7$/,
  ],
  ['no filename', lines('train.json', '', '{"label": 0}'), /^train\.json, line 2: expected a filename but found none$/],
  [
    'no class',
    lines('train.json', '{"filename": "a.png", "label": 0}'),
    /^train\.json, line 1: expected a clsname for a\.png but found none$/,
  ],
  [
    'a label of 2',
    lines('test.json', '{"filename": "a.png", "label": 2, "clsname": "nut"}'),
    /^test\.json, line 1: expected 0 or 1 for label but received 2$/,
  ],
  ['an empty list', lines('train.json', ''), /^Expected pictures in train\.json but it lists none$/],
  [
    'a mask that leaves the folder',
    lines('test.json', '{"filename": "test.json", "label": 1, "clsname": "nut", "maskname": "../m.png"}'),
    /^test\.json, line 1: expected a file in .* but received \.\.\/m\.png$/,
  ],
];

const archive = (name: string, content: () => Uint8Array) => async () =>
  extractArchive(await put(name, content()), at(`out-${count}`));
const archives: readonly Case[] = [
  ['an empty tar', archive('a.tar', () => Buffer.alloc(0)), /^Cannot extract .*a\.tar: ./],
  ['text for a tar', archive('b.tar', () => Buffer.from('text '.repeat(400))), /^Cannot extract .*b\.tar: ./],
  [
    'text for gzip',
    archive('c.tar.gz', () => Buffer.from('text')),
    /^Cannot extract .*c\.tar\.gz: incorrect header check$/,
  ],
  ['gzip of text', archive('d.tgz', () => gzipSync('text '.repeat(400))), /^Cannot extract .*d\.tgz: ./],
  [
    'text for xz',
    archive('e.tar.xz', () => Buffer.from('text')),
    /^Cannot extract .*e\.tar\.xz: expected xz but it is damaged or cut off$/,
  ],
  ['text for a zip', archive('f.zip', () => Buffer.from('text')), /^Cannot extract .*f\.zip: ./],
  [
    'another format',
    archive('g.7z', () => Buffer.from('text')),
    /^Expected a \.tar, \.tar\.gz, \.tar\.xz or \.zip but received .*g\.7z$/,
  ],
];

const bytes = (...parts: (string | number[])[]) =>
  Uint8Array.from(parts.flatMap((part) => (typeof part === 'string' ? [...Buffer.from(part, 'latin1')] : part)));
const pickle =
  (...parts: (string | number[])[]) =>
  () =>
    readPickle(bytes([0x80, 2], ...parts), { names: [] });
const pickles: readonly Case[] = [
  ['nothing', () => readPickle(bytes(), { names: [] }), /^the pickle is truncated$/],
  [
    'text',
    () => readPickle(bytes('hello world'), { names: [] }),
    /^expected a pickle of protocol 2 to 5 but it starts with 0x68 0x65$/,
  ],
  ['a later protocol', () => readPickle(bytes([0x80, 9], 'N.'), { names: [] }), /but it starts with 0x80 0x9$/],
  ['no end', pickle('N'), /^the pickle is truncated$/],
  [
    'an unknown operation',
    pickle([0xff]),
    /^expected a pickle of numbers and strings but its byte 2 is operation 0xff$/,
  ],
  ['a value from nowhere', pickle('.'), /^the pickle takes a value that is not there$/],
  ['a string that goes on', pickle('X', [255, 255, 0, 0], 'short.'), /^the pickle is truncated$/],
  ['a function to run', pickle('cos\nsystem\n', 'X', [2, 0, 0, 0], 'ls', [0x85], 'R.'), /names os[. ]system/],
  ['items of a number', pickle('K', [1], 'NNs.'), /^the pickle sets items of what is no dictionary$/],
  ['an append to a number', pickle('K', [1], 'Na.'), /^the pickle appends to what is no list$/],
  ['a call of a number', pickle('K', [1], ')R.'), /^the pickle calls what is no name$/],
  ['a value never kept', pickle('h', [7], '.'), /^the pickle recalls a value that is not there$/],
  ['text for PyTorch', () => readTorch(bytes('hello')), /./],
  ['a zip cut off for PyTorch', () => readTorch(bytes('PK\x03\x04', [0, 0])), /PyTorch|archive/],
];

const config = (overrides: unknown) => () => resolveConfig(overrides as ConfigOverrides);
const configurations: readonly Case[] = [
  ['a list', config([]), /^Expected an object for the configuration but received \[\]$/],
  ['an unknown method', config({ method: 'gan' }), /^Expected reconstruction or .* for method but received "gan"$/],
  [
    'an unknown setting',
    config({ hiddenDims: 8 }),
    /^Expected one of .*hiddenDim.* in the configuration but received "hiddenDims"$/,
  ],
  ['an odd width', config({ hiddenDim: 255 }), /for hiddenDim but received 255$/],
  ['a width that is text', config({ hiddenDim: '256' }), /for hiddenDim but received "256"$/],
  ['heads that do not divide', config({ heads: 7 }), /heads.*7|7.*heads/],
  ['a size of one number', config({ imageSize: [224] }), /for imageSize.* but received/],
  ['a size of 0', config({ featureSize: [0, 14] }), /for featureSize.* but received/],
  [
    'an unknown backbone',
    config({ backbone: { name: 'resnet19' } }),
    /^Expected one of .* for backbone\.name but received "resnet19"$/,
  ],
  [
    'an unknown stage',
    config({ backbone: { name: 'resnet18', stages: [9] } }),
    /^Expected stages from 1 to \d of resnet18 for backbone\.stages but received 9$/,
  ],
  ['a dropout of 1', config({ dropout: 1.5 }), /for dropout but received 1\.5$/],
  [
    'a nested unknown setting',
    config({ jitter: { size: 3 } }),
    /^Expected one of .*scale.* in jitter but received "size"$/,
  ],
];

type Change = (json: Record<string, unknown>) => unknown;
const model = (change: Change | string) => async () => {
  const good = encodeModel(await trainedModel());
  const run = at(`run-${count++}`);
  await mkdir(run);
  for (const [name, content] of Object.entries(good)) await writeFile(join(run, name), content);
  const text =
    typeof change === 'string'
      ? change
      : JSON.stringify(change(JSON.parse(await readFile(join(run, 'model.json'), 'utf8')) as Record<string, unknown>));
  await writeFile(join(run, 'model.json'), text);
  return load(run);
};
const models: readonly Case[] = [
  ['no folder', () => load(at('nowhere')), /^Expected a trained model in .*nowhere but found no model\.json$/],
  ['no JSON', model('{'), /^Expected JSON in .*model\.json: ./],
  [
    'null',
    model('null'),
    /^Expected format .* version 1 to \d in .*model\.json but found undefined version undefined$/,
  ],
  ['another format', model((json) => ({ ...json, format: 'onnx' })), /model\.json but found "onnx" version/],
  ['a later version', model((json) => ({ ...json, version: 99 })), /model\.json but found .* version 99$/],
  [
    'no threshold',
    model(({ threshold: _, ...json }) => json),
    /model\.json: Expected a value for threshold but received undefined$/,
  ],
  [
    'categories that are no list',
    model((json) => ({ ...json, categories: 'nut' })),
    /model\.json: Expected a list of names for categories but received "nut"$/,
  ],
  [
    'kinds that are not in the tensors',
    model((json) => ({ ...json, kinds: [{ name: 'part', reach: 1, typical: 1, threshold: 2, source: '' }] })),
    /model\.safetensors: expected kinds\.center and kinds\.deviation of the 1 kinds in model\.json$/,
  ],
  [
    'tensors of another training',
    model((json) => ({ ...json, id: 'other' })),
    /model\.safetensors: expected the tensors of training other, as model\.json says, but found those of/,
  ],
];

describe.each([
  ['pictures', pictures],
  ['manifests', manifests],
  ['archives', archives],
  ['pickles', pickles],
  ['configurations', configurations],
  ['models', models],
] as const)('malformed %s', (_, cases) => {
  test.each(cases)('%s', (__, read, message) => check(read, message));
});

test('there are at least 60', () => {
  const all = [pictures, manifests, archives, pickles, configurations, models].flat();
  expect(all.length).toBeGreaterThanOrEqual(60);
});
