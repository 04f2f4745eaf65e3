import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import sharp from 'sharp';
import { png, put, temporaryFolder } from '../../test/temporary-folder.js';
import { tiff } from '../../test/tiff.js';
import { FileSample } from '../file-sample.js';
import { DatasetError, decodePicture, measureRange, PictureError, type Sample, type ValueRange } from '../index.js';

const folder = temporaryFolder();

/** The first channel of a decoded picture. */
async function decoded(file: Buffer, range?: ValueRange): Promise<number[]> {
  const { data } = await decodePicture(file, range ? { range } : {});
  return [...data].filter((_, i) => i % 3 === 0);
}

async function greyPng(values: Uint16Array): Promise<Buffer> {
  return sharp(values, { raw: { width: values.length, height: 1, channels: 1 } })
    .toColourspace('grey16')
    .png()
    .toBuffer();
}

function sampleOf(path: string): Sample {
  return new FileSample({ id: path, path, category: 'a', split: 'train', defect: 'good', anomalous: false });
}

async function samplesOf(name: string, ...files: Buffer[]): Promise<Sample[]> {
  return Promise.all(files.map(async (file, i) => sampleOf(await put(file, folder.path, name, `${i}.tif`))));
}

describe('16 bits', () => {
  const twelve = Uint16Array.of(0, 15, 16, 2048, 4094, 4095);

  test('12-bit data by its range fills the levels, and is clipped outside it', async () => {
    const shown = [0, 0, 1, 128, 255, 255];
    expect(await decoded(await greyPng(twelve), [0, 4095])).toEqual(shown);
    expect(await decoded(tiff(6, twelve), [0, 4095])).toEqual(shown);
    expect(await decoded(tiff(6, twelve, { bigEndian: true }), [0, 4095])).toEqual(shown);
    expect(await decoded(tiff(6, twelve))).toEqual([0, 0, 0, 8, 15, 15]);
    expect(await decoded(tiff(6, twelve), [16, 2063])).toEqual([0, 0, 0, 254, 255, 255]);
  });

  test('every range of the usual bit depths gives the upper 8 bits', async () => {
    for (const bits of [8, 10, 12, 14, 16]) {
      const values = Uint16Array.from(
        { length: 256 },
        (_, i) => (i << (bits - 8)) + (bits > 8 ? i % 2 ** (bits - 8) : 0),
      );
      expect(await decoded(tiff(256, values), [0, 2 ** bits - 1])).toEqual(Array.from({ length: 256 }, (_, i) => i));
    }
  });

  test.each([
    ['little-endian', {}],
    ['big-endian', { bigEndian: true }],
    ['BigTIFF', { isBig: true }],
  ])('where 0 is white, as with 8 bits, with and without a range, %s', async (_, options) => {
    const white = { ...options, isWhiteZero: true };
    expect(await decoded(tiff(4, Uint8Array.of(0, 1, 128, 255), white))).toEqual([255, 254, 127, 0]);
    expect(await decoded(tiff(4, Uint16Array.of(0, 256, 32768, 65535), white))).toEqual([255, 254, 127, 0]);
    expect(await decoded(tiff(4, Uint16Array.of(0, 16, 2048, 4095), white), [0, 4095])).toEqual([255, 254, 127, 0]);
    expect(await decoded(tiff(4, Float32Array.of(0, 1 / 256, 0.5, 1), white), [0, 1])).toEqual([255, 254, 127, 0]);
  });

  test('RGB', async () => {
    const values = Uint16Array.of(0, 1024, 4095, 256, 512, 768);
    const { data } = await decodePicture(tiff(2, values, { channels: 3 }), { range: [0, 4095] });
    expect([...data]).toEqual([0, 64, 255, 16, 32, 48]);
  });

  test('a range leaves 8 bits alone', async () => {
    expect((await decodePicture(await png(10, 20, 30), { range: [0, 4095] })).data.slice(0, 3)).toEqual(
      Uint8Array.of(10, 20, 30),
    );
  });
});

describe('32-bit floating point', () => {
  test('by its range, else from its own smallest value to its own largest', async () => {
    const values = Float32Array.of(-1, 0, 1, 3, NaN, Infinity, -Infinity);
    expect(await decoded(tiff(7, values))).toEqual([0, 64, 128, 255, 0, 255, 0]);
    expect(await decoded(tiff(7, values), [0, 1])).toEqual([0, 0, 255, 255, 0, 255, 0]);
    expect(await decoded(tiff(2, Float32Array.of(7, 7)))).toEqual([0, 0]);
  });

  test('RGB is not bent as linear light would be', async () => {
    const { data } = await decodePicture(tiff(1, Float32Array.of(0, 0.25, 1), { channels: 3 }));
    expect([...data]).toEqual([0, 64, 255]);
  });

  test('other depths are refused by name', async () => {
    await expect(decodePicture(tiff(2, Int32Array.of(1, 2)))).rejects.toThrow(
      /32-bit floating point, but it has 1 channels of .* int/,
    );
    await expect(decodePicture(tiff(2, Int32Array.of(1, 2)))).rejects.toThrow(PictureError);
  });
});

test.each(['{"range":[5,5]}', '{"range":[0,null]}', '{"range":[]}'])('refuses %s', async (options) => {
  await expect(decodePicture(await png(), JSON.parse(options) as object)).rejects.toThrow(DatasetError);
});

describe('measureRange', () => {
  test.each([
    [255, 255],
    [256, 1023],
    [1024, 4095],
    [4095, 4095],
    [4096, 16383],
    [16384, 65535],
    [65535, 65535],
  ])('the fewest bits that hold %d', async (value, high) => {
    const samples = await samplesOf(`bits-${value}`, tiff(2, Uint16Array.of(3, 1)), tiff(2, Uint16Array.of(5, value)));
    expect(await measureRange(samples)).toEqual([0, high]);
  });

  test('values of a file whose 0 is white are those that are stored', async () => {
    const samples = await samplesOf('white', tiff(2, Uint16Array.of(0, 4000), { isWhiteZero: true }));
    expect(await measureRange(samples)).toEqual([0, 4095]);
  });

  test('floating point from the smallest to the largest of all, NaN apart', async () => {
    const files = [Float32Array.of(0.5, NaN), Float32Array.of(-2, 1), Float32Array.of(Infinity, 8)];
    expect(await measureRange(await samplesOf('float', ...files.map((values) => tiff(2, values))))).toEqual([-2, 8]);
    expect(await measureRange(await samplesOf('constant', tiff(2, Float32Array.of(4, 4))))).toEqual([4, 5]);
  });

  test('pictures of 8 bits do not count', async () => {
    const eight = await samplesOf('eight', await png(), tiff(2, Uint8Array.of(1, 2)));
    expect(await measureRange(eight)).toBeUndefined();
    expect(await measureRange([])).toBeUndefined();
    const mixed = [...eight, ...(await samplesOf('mixed', tiff(2, Uint16Array.of(1, 1000))))];
    const seen: number[] = [];
    expect(await measureRange(mixed, { onProgress: ({ done, total }) => seen.push(done / total) })).toEqual([0, 1023]);
    expect(seen.at(-1)).toBe(1);
  });

  test('no one range fits both 16 bits and floating point', async () => {
    const samples = await samplesOf('both', tiff(2, Uint16Array.of(1, 2)), tiff(2, Float32Array.of(1, 2)));
    await expect(measureRange(samples)).rejects.toThrow(
      /either 16 bits or floating point but found .*0\.tif and .*1\.tif/,
    );
    await expect(measureRange(samples)).rejects.toThrow(DatasetError);
  });

  test('a picture that cannot be read is named, and a run can be aborted', async () => {
    const missing = sampleOf(join(folder.path, 'missing.png'));
    await expect(measureRange([missing])).rejects.toThrow(/missing\.png: ENOENT/);
    await expect(measureRange([missing], { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
  });
});

const cases = resolve(__dirname, '../../../../../shared/cases');
if (existsSync(cases)) {
  const first = async (name: string, range?: ValueRange) => {
    const { width, height, data } = await decodePicture(join(cases, name), range ? { range } : {});
    const grey = data.filter((_, i) => i % 3 === 0);
    return { width, height, grey, low: Math.min(...grey), high: Math.max(...grey) };
  };

  test('the cases: Mono12', async () => {
    const range = await measureRange([sampleOf(join(cases, 'mono12-in-16-bit.png'))]);
    expect(range).toEqual([0, 4095]);
    expect(await first('mono12-in-16-bit.png', range)).toMatchObject({ width: 120, low: 0, high: 249 });
  });

  test('the cases: 16 bits whose 0 is white run from white to nearly black, 32 bits from black to white', async () => {
    const white = await first('white-is-zero-16-bit.tif');
    expect([white.grey[0], white.low]).toEqual([255, 23]);
    const range = await measureRange([sampleOf(join(cases, 'float32.tif'))]);
    expect(range![0]).toBe(0);
    expect(range![1]).toBeCloseTo(0.9758, 4);
    expect(await first('float32.tif', range)).toMatchObject({ low: 0, high: 255 });
  });

  test('the cases: BMP and AVIF are the same picture', async () => {
    const [bmp, avif] = [await first('picture.bmp'), await first('picture.avif')];
    expect([bmp.width, bmp.height]).toEqual([avif.width, avif.height]);
    const difference = bmp.grey.reduce((sum, value, i) => sum + Math.abs(value - avif.grey[i]!), 0) / bmp.grey.length;
    expect(difference).toBeLessThan(6);
  });
}
