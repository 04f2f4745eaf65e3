import { truncate } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import bmps from '../../test/bmp.json';
import golden from '../../test/decoding.json';
import { png, put, temporaryFolder } from '../../test/temporary-folder.js';
import { DatasetError, decodePicture, PictureError, type DecodeOptions } from '../index.js';

const folder = temporaryFolder();

/** The message of the PictureError that decoding must end in. */
async function refusal(source: string | Uint8Array, options?: DecodeOptions): Promise<string> {
  const error: unknown = await decodePicture(source, options).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(PictureError);
  return (error as PictureError).message;
}

describe('as Pillow decodes', () => {
  test.each(golden)('$name', async ({ file, width, height, rgb }) => {
    const picture = await decodePicture(new Uint8Array(Buffer.from(file, 'base64')));
    expect([picture.width, picture.height, picture.data.length]).toEqual([width, height, rgb.length]);
    const differences = rgb.map((value, i) => Math.abs(value - picture.data[i]!));
    expect(Math.max(...differences)).toBeLessThanOrEqual(2);
  });
});

/** Written and checked by test/make-bmp.py; Pillow decodes them to the same values. */
describe('BMP', () => {
  test.each(bmps)('$name', async ({ file, width, height, rgb }) => {
    const picture = await decodePicture(new Uint8Array(Buffer.from(file, 'base64')));
    expect([picture.width, picture.height]).toEqual([width, height]);
    const differences = rgb.map((value, i) => Math.abs(value - picture.data[i]!));
    expect(Math.max(...differences)).toBeLessThanOrEqual(1);
  });

  const file = (name: string) => Buffer.from(bmps.find((bmp) => bmp.name === name)!.file, 'base64');

  test.each(bmps)('truncated $name', async ({ file }) => {
    const whole = Buffer.from(file, 'base64');
    for (const length of [2, 17, 30, 60, whole.length - 2]) {
      expect(await refusal(whole.subarray(0, length))).toMatch(/truncated|damaged/);
    }
  });

  test('a header that promises more than the file or the limit holds is refused before memory is taken', async () => {
    const before = process.memoryUsage().rss;
    const wide = file('24 bits');
    wide.writeInt32LE(0x7fffffff, 18);
    expect(await refusal(wide)).toMatch(/truncated/);
    const packed = file('RLE8');
    packed.writeInt32LE(60000, 18);
    packed.writeInt32LE(60000, 22);
    expect(await refusal(packed)).toMatch(/at most 100000000 pixels but it has 60000 x 60000/);
    const empty = file('24 bits');
    empty.writeInt32LE(0, 22);
    expect(await refusal(empty)).toMatch(/above 0 but it has 5 x 0/);
    const unknown = file('24 bits');
    unknown.writeUInt32LE(16, 14);
    expect(await refusal(unknown)).toMatch(/BMP header of 12 or at least 40 bytes but it has 16/);
    const packedAsJpeg = file('24 bits');
    packedAsJpeg.writeUInt32LE(4, 30);
    expect(await refusal(packedAsJpeg)).toMatch(/save it without compression/);
    expect(process.memoryUsage().rss - before).toBeLessThan(100e6);
  });

  test('mutated files are decoded or refused', async () => {
    let seed = 1;
    const random = (below: number) => (seed = (seed * 48271) % 0x7fffffff) % below;
    for (const { file } of bmps) {
      for (let i = 0; i < 30; i++) {
        const bytes = Buffer.from(file, 'base64');
        bytes[2 + random(bytes.length - 2)] = random(256);
        const error: unknown = await decodePicture(bytes).then(
          () => undefined,
          (reason: unknown) => reason,
        );
        if (error !== undefined) expect(error).toBeInstanceOf(PictureError);
      }
    }
  });
});

test('AVIF, and JPEG called .jfif', async () => {
  const source = sharp({ create: { width: 16, height: 8, channels: 3, background: { r: 200, g: 40, b: 90 } } });
  for (const [name, content] of [
    ['a.avif', await source.clone().avif({ quality: 90 }).toBuffer()],
    ['a.jfif', await source.clone().jpeg().toBuffer()],
  ] as const) {
    const { width, height, data } = await decodePicture(await put(content, folder.path, name));
    expect([width, height]).toEqual([16, 8]);
    for (const [i, value] of [200, 40, 90].entries()) expect(Math.abs(data[i]! - value)).toBeLessThan(4);
  }
});

describe('16 bits are scaled to 8', () => {
  const values = Uint16Array.of(0, 257, 255, 32768, 65535, 513);
  const raw = { width: 2, height: 1, channels: 3 } as const;
  test.each(['png', 'tiff'] as const)('RGB %s', async (format) => {
    const file = await sharp(values, { raw })
      .toColourspace('rgb16')
      .tiff({ compression: 'lzw' })
      .toFormat(format)
      .toBuffer();
    expect((await sharp(file).metadata()).depth).toBe('ushort');
    expect([...(await decodePicture(file)).data]).toEqual([0, 1, 0, 128, 255, 2]);
  });

  test('grey PNG', async () => {
    const file = await sharp(Uint16Array.of(0, 65535, 0x8000, 0x1234), { raw: { width: 4, height: 1, channels: 1 } })
      .toColourspace('grey16')
      .png()
      .toBuffer();
    expect((await sharp(file).metadata()).depth).toBe('ushort');
    expect([...(await decodePicture(file)).data]).toEqual([0, 0, 0, 255, 255, 255, 0x80, 0x80, 0x80, 0x12, 0x12, 0x12]);
  });
});

describe('damaged pictures', () => {
  const noise = Buffer.from(Array.from({ length: 64 * 64 * 3 }, (_, i) => (i * 7919) % 251));
  const source = () => sharp(noise, { raw: { width: 64, height: 64, channels: 3 } });

  test.each(['jpeg', 'png', 'webp', 'tiff', 'gif'] as const)('truncated %s', async (format) => {
    const whole = await source().toFormat(format).toBuffer();
    await expect(decodePicture(whole)).resolves.toMatchObject({ width: 64, height: 64 });
    const path = await put(whole, folder.path, `cut.${format}`);
    for (const part of [0.9, 0.5, 0.1]) {
      await truncate(path, Math.floor(whole.length * part));
      expect(await refusal(path)).toContain(`Cannot read ${path}: `);
    }
  });

  test('flipped bytes in a PNG', async () => {
    const file = await source().png().toBuffer();
    file.fill(0x55, 60, 90);
    expect(await refusal(file)).toMatch(/^Cannot read the picture of \d+ bytes: [^\n]+$/);
  });

  test.each([
    ['empty', '', /the file is empty/],
    ['text', 'not a picture at all', /expected JPEG, PNG, WebP, TIFF, GIF, BMP, AVIF but/],
    ['one byte', '\x89', /first bytes/],
    ['a bare signature', '\x89PNG\r\n\x1a\n', /Cannot read/],
    ['SVG', '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>', /first bytes/],
    ['PDF', '%PDF-1.7 ', /first bytes/],
  ])('%s under a picture name', async (name, content, message) => {
    const path = await put(Buffer.from(content, 'latin1'), folder.path, `${name}.png`);
    expect(await refusal(path)).toMatch(message);
    expect(await refusal(path)).toContain(path);
  });

  test('a missing file and a folder', async () => {
    const missing = join(folder.path, 'missing.png');
    expect(await refusal(missing)).toMatch(/missing\.png: ENOENT/);
    expect(await refusal(folder.path)).toMatch(/expected a file/);
  });
});

describe('limits', () => {
  test('a header that promises 65535 x 65535 pixels is refused before memory is taken', async () => {
    const bomb = Buffer.from(golden.find(({ name }) => name === 'progressive JPEG')!.file, 'base64');
    const frame = bomb.indexOf(Buffer.from([0xff, 0xc2]));
    bomb.writeUInt32BE(0xffffffff, frame + 5);
    const before = process.memoryUsage().rss;
    expect(await refusal(bomb)).toMatch(/pixel/);
    expect(process.memoryUsage().rss - before).toBeLessThan(100e6);
  });

  test('pixels and bytes', async () => {
    const path = await put(await png(), folder.path, 'small.png');
    await expect(decodePicture(path, { limits: { maxPixels: 16 } })).resolves.toMatchObject({ width: 4 });
    expect(await refusal(path, { limits: { maxPixels: 15 } })).toMatch(/pixel/);
    expect(await refusal(path, { limits: { maxBytes: 20 } })).toMatch(/at most 20 bytes/);
    expect(await refusal(await png(), { limits: { maxBytes: 20 } })).toMatch(/at most 20 bytes/);
  });

  test.each(['{"limit":{}}', '{"limits":{"maxPixel":1}}', '{"limits":{"maxBytes":0}}'])(
    'refuses %s',
    async (options) => {
      await expect(decodePicture(await png(), JSON.parse(options) as object)).rejects.toThrow(DatasetError);
    },
  );
});
