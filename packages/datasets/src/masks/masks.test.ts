import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import sharp from 'sharp';
import bmps from '../../test/bmp.json';
import { indexedPng } from '../../test/indexed-png.js';
import { png, put, temporaryFolder } from '../../test/temporary-folder.js';
import { tiff } from '../../test/tiff.js';
import { FileSample } from '../file-sample.js';
import { PictureError, type Sample } from '../index.js';
import { orient } from './orient.js';

const folder = temporaryFolder();
const SIZE = 32;
/** A blob, not symmetric, and its pixels. */
const blob = Uint8Array.from({ length: SIZE * SIZE }, (_, i) => {
  const [x, y] = [i % SIZE, Math.floor(i / SIZE)];
  return Number((x - 10) ** 2 + 2 * (y - 18) ** 2 < 60 || (x > 20 && y < 6));
});

let next = 0;

/** An anomalous sample of a picture and its masks, and what it warns of. */
async function sampleOf(
  picture: Buffer,
  ...masks: Buffer[]
): Promise<{ sample: Sample; warnings: string[]; read(): Promise<number[]> }> {
  const number = next++;
  const path = await put(picture, folder.path, `${number}.png`);
  const paths = await Promise.all(masks.map((mask, i) => put(mask, folder.path, `${number}_mask_${i}.png`)));
  const fields = {
    id: `a/test/bent/${number}.png`,
    category: 'a',
    split: 'test',
    defect: 'bent',
    anomalous: true,
  } as const;
  const sample = new FileSample({ ...fields, path, masks: paths });
  const warnings: string[] = [];
  const onWarning = (message: string) => warnings.push(message);
  return { sample, warnings, read: async () => [...(await sample.mask([SIZE, SIZE], { onWarning }))!] };
}

async function blank(width = SIZE, height = SIZE): Promise<Buffer> {
  return sharp({ create: { width, height, channels: 3, background: '#555' } })
    .png()
    .toBuffer();
}

async function marked(mask: Buffer): Promise<number[]> {
  const { read, warnings } = await sampleOf(await blank(), mask);
  const values = await read();
  expect(warnings).toEqual([]);
  return values;
}

const raw = { width: SIZE, height: SIZE, channels: 1 } as const;
const scaled = (value: number) => blob.map((bit) => bit * value);
const wide = (value: number) => Uint16Array.from(blob, (bit) => bit * value);

const indexed = (colours: readonly (readonly number[])[], alphas?: readonly number[]): Buffer =>
  indexedPng(SIZE, blob, colours, alphas);

describe('what is not background is decided on the own values of the file', () => {
  test.each([1, 7, 128, 255])('8 bits, %d', async (value) => {
    expect(await marked(await sharp(scaled(value), { raw }).toColourspace('b-w').png().toBuffer())).toEqual([...blob]);
    expect(await marked(await sharp(scaled(value), { raw }).webp({ lossless: true }).toBuffer())).toEqual([...blob]);
    expect(await marked(tiff(SIZE, scaled(value)))).toEqual([...blob]);
  });

  test.each([1, 255, 256, 65535])('16 bits, %d', async (value) => {
    expect(await marked(await sharp(wide(value), { raw }).toColourspace('grey16').png().toBuffer())).toEqual([...blob]);
    expect(await marked(tiff(SIZE, wide(value)))).toEqual([...blob]);
    expect(await marked(tiff(SIZE, wide(value), { bigEndian: true }))).toEqual([...blob]);
  });

  test('32-bit labels and floating point', async () => {
    expect(
      await marked(
        tiff(
          SIZE,
          Int32Array.from(blob, (bit) => bit * 3),
        ),
      ),
    ).toEqual([...blob]);
    expect(
      await marked(
        tiff(
          SIZE,
          Float32Array.from(blob, (bit) => bit * 1e-3),
        ),
      ),
    ).toEqual([...blob]);
  });

  test.each([
    [
      'all black',
      [
        [0, 0, 0],
        [0, 0, 0],
      ],
    ],
    [
      'one colour',
      [
        [9, 9, 9],
        [9, 9, 9],
      ],
    ],
    [
      'no black at all',
      [
        [68, 1, 84],
        [253, 231, 37],
      ],
    ],
    [
      'nearly black',
      [
        [0, 0, 0],
        [1, 0, 0],
      ],
    ],
  ])('an indexed PNG whose palette is %s', async (_, palette) => {
    expect(await marked(indexed(palette))).toEqual([...blob]);
  });

  test('an indexed PNG whose index 0 is the brighter one', async () => {
    const inverse = blob.map((bit) => 1 - bit);
    expect(
      await marked(
        indexed([
          [255, 255, 255],
          [0, 0, 0],
        ]),
      ),
    ).toEqual([...inverse]);
  });

  test('an indexed PNG whose palette differs in alpha only', async () => {
    expect(
      await marked(
        indexed(
          [
            [255, 0, 0],
            [255, 0, 0],
          ],
          [0, 255],
        ),
      ),
    ).toEqual([...blob]);
  });

  test('an indexed BMP whose palette is black', async () => {
    const { file } = bmps.find(({ name }) => name === '1 bit')!;
    const whole = Buffer.from(file, 'base64');
    const [width, height] = [5, 3];
    const black = Buffer.from(whole).fill(0, 54, 62);
    const { read } = await sampleOf(await blank(width, height), black);
    const values = await read();
    expect(new Set(values)).toEqual(new Set([0, 1]));
    const coloured = Buffer.from(whole).fill(0, 54, 58).fill(255, 58, 62);
    expect(values).toEqual(await (await sampleOf(await blank(width, height), coloured)).read());
  });

  test.each(['#ffffff', '#000000', '#00ff00'])('in the alpha channel of %s', async (background) => {
    const alpha = await sharp(scaled(255), { raw }).toColourspace('b-w').png().toBuffer();
    const mask = sharp({ create: { ...raw, channels: 3, background } }).joinChannel(alpha);
    expect(await marked(await mask.png().toBuffer())).toEqual([...blob]);
  });

  test('a marked layer: what is transparent is background, whatever its colour', async () => {
    const rgba = Buffer.from([...blob].flatMap((bit, i) => [bit ? 200 : i % 200, 30, 30, bit * 255]));
    expect(
      await marked(
        await sharp(rgba, { raw: { ...raw, channels: 4 } })
          .png()
          .toBuffer(),
      ),
    ).toEqual([...blob]);
  });

  test.each([50, 75, 95])('JPEG of quality %d: its noise is no defect', async (quality) => {
    const jpeg = await sharp(scaled(255), { raw }).jpeg({ quality }).toBuffer();
    const webp = await sharp(scaled(255), { raw }).webp({ quality }).toBuffer();
    for (const file of [jpeg, webp]) {
      const values = await marked(file);
      const wrong = values.map((value, i) => (value === blob[i] ? -1 : i)).filter((i) => i >= 0);
      for (const i of wrong) {
        // Only at the edge: some neighbor is of the other kind.
        const around = [i - 1, i + 1, i - SIZE, i + SIZE].filter((at) => at >= 0 && at < blob.length);
        expect(around.some((at) => blob[at] !== blob[i])).toBe(true);
      }
      expect(wrong.length).toBeLessThan(20);
    }
    const empty = await sampleOf(await blank(), await sharp(scaled(0), { raw }).jpeg({ quality }).toBuffer());
    expect(Math.max(...(await empty.read()))).toBe(0);
  });
});

describe('what looks wrong is warned of by name', () => {
  test('a mask that marks nothing or everything', async () => {
    const nothing = await sampleOf(await blank(), await png(0, 0, 0));
    expect(Math.max(...(await nothing.read()))).toBe(0);
    expect(nothing.warnings).toEqual([
      expect.stringMatching(/^The mask of a\/test\/bent\/\d+\.png marks nothing: .*_mask_0\.png$/),
    ]);
    const everything = await sampleOf(await blank(), await png(1, 0, 0));
    expect(Math.min(...(await everything.read()))).toBe(1);
    expect(everything.warnings).toEqual([expect.stringMatching(/bent\/\d+\.png marks the whole picture/)]);
  });

  test('a mask of another aspect ratio, but not one that is smaller', async () => {
    const mask = async (width: number, height: number) =>
      sharp(scaled(255), { raw })
        .toColourspace('b-w')
        .resize(width, height, { fit: 'fill', kernel: 'nearest' })
        .png()
        .toBuffer();
    const stretched = await sampleOf(await blank(101, 75), await mask(75, 75));
    await stretched.read();
    expect(stretched.warnings).toEqual([
      expect.stringMatching(/another aspect ratio, 75 x 75 for a picture of 101 x 75/),
    ]);
    const smaller = await sampleOf(await blank(101, 75), await mask(51, 38));
    await smaller.read();
    expect(smaller.warnings).toEqual([]);
  });
});

describe('EXIF orientation', () => {
  const [width, height] = [SIZE, 20];
  const stored = blob.slice(0, width * height);
  const shape = { width, height, channels: 1 } as const;
  const picture = (orientation: number) =>
    sharp({ create: { ...shape, channels: 3, background: '#444' } })
      .jpeg()
      .withMetadata({ orientation })
      .toBuffer();
  const mask = () =>
    sharp(
      stored.map((bit) => bit * 255),
      { raw: shape },
    )
      .toColourspace('b-w')
      .png()
      .toBuffer();

  test.each([1, 2, 3, 4, 5, 6, 7, 8])('orient is what sharp does for %d', async (orientation) => {
    const file = await sharp(stored, { raw: shape })
      .toColourspace('b-w')
      .tiff({ compression: 'none' })
      .withMetadata({ orientation })
      .toBuffer();
    const { data, info } = await sharp(file, { autoOrient: true })
      .toColourspace('b-w')
      .raw()
      .toBuffer({ resolveWithObject: true });
    const { width: newWidth, height: newHeight, values } = orient(stored, width, height, orientation);
    expect([newWidth, newHeight]).toEqual([info.width, info.height]);
    expect([...values]).toEqual([...data].filter((_, i) => i % info.channels === 0));
  });

  test.each([5, 6, 7, 8])('a mask drawn on the stored picture is turned like it, %d', async (orientation) => {
    const { sample, warnings } = await sampleOf(await picture(orientation), await mask());
    const shown = await sample.picture();
    expect([shown.width, shown.height]).toEqual([height, width]);
    const values = await sample.mask([width, height], { onWarning: (message) => warnings.push(message) });
    expect([...values!]).toEqual([...orient(stored, width, height, orientation).values]);
    expect(warnings).toEqual([]);
  });

  test('a mask drawn on the turned picture stays', async () => {
    const { width: w, height: h, values } = orient(stored, width, height, 6);
    const turned = await sharp(
      values.map((bit) => bit * 255),
      { raw: { width: w, height: h, channels: 1 } },
    )
      .png()
      .toBuffer();
    const { sample, warnings } = await sampleOf(await picture(6), turned);
    const read = await sample.mask([h, w], { onWarning: (message) => warnings.push(message) });
    expect([...read!]).toEqual([...values]);
    expect(warnings).toEqual([]);
  });

  test('a mask with an orientation of its own is turned by it', async () => {
    const own = await sharp(await mask())
      .tiff({ compression: 'none' })
      .withMetadata({ orientation: 8 })
      .toBuffer();
    const { sample, warnings } = await sampleOf(await picture(8), own);
    const read = await sample.mask([width, height], { onWarning: (message) => warnings.push(message) });
    expect([...read!]).toEqual([...orient(stored, width, height, 8).values]);
    expect(warnings).toEqual([]);
  });

  test('where the shape cannot tell, it is said by name', async () => {
    const { sample, warnings } = await sampleOf(await picture(3), await mask());
    const read = await sample.mask([height, width], { onWarning: (message) => warnings.push(message) });
    expect([...read!]).toEqual([...stored]);
    expect(warnings).toEqual([
      expect.stringMatching(/bent\/\d+\.png is turned by its EXIF orientation 3 and its mask has none/),
    ]);
  });
});

describe('samples', () => {
  test('a good picture has zeros, an anomalous one without a mask has none', async () => {
    const fields = { id: 'a', path: 'nowhere.png', category: 'a', split: 'test', defect: 'good' } as const;
    const good = new FileSample({ ...fields, anomalous: false });
    expect(good.hasMask).toBe(true);
    expect(await good.mask([2, 3])).toEqual(new Uint8Array(6));
    const bare = new FileSample({ ...fields, anomalous: true });
    expect(bare.hasMask).toBe(false);
    expect(await bare.mask([2, 3])).toBeUndefined();
  });

  test('several masks are one', async () => {
    const half = async (isLeft: boolean) =>
      sharp(
        blob.map((bit, i) => bit * 255 * Number(i % SIZE < 15 === isLeft)),
        { raw },
      )
        .toColourspace('b-w')
        .png()
        .toBuffer();
    const { read, warnings, sample } = await sampleOf(await blank(), await half(true), await half(false));
    expect(await read()).toEqual([...blob]);
    expect(warnings).toEqual([]);
    expect(sample.hasMask).toBe(true);
  });

  test('content is the bytes of the file; what cannot be read is named', async () => {
    const file = await blank();
    const { sample } = await sampleOf(file, Buffer.from('no picture'));
    expect(Buffer.from(await sample.content()).equals(file)).toBe(true);
    await expect(sample.mask([1, 1])).rejects.toThrow(/^Cannot read .*_mask_0\.png: expected JPEG/);
    await expect(sample.mask([1, 1])).rejects.toThrow(PictureError);
    await expect(sample.mask([1, 1], { limits: { maxBytes: 5 } })).rejects.toThrow(/at most 5 bytes/);
    await expect(sample.mask([1, 1], JSON.parse('{"limit":{}}') as object)).rejects.toThrow(/received limit/);
  });
});

const cases = resolve(__dirname, '../../../../../shared/cases');
if (existsSync(cases)) {
  const read = async (name: string): Promise<{ values: Uint8Array; warnings: string[] }> => {
    const path = join(cases, name);
    const warnings: string[] = [];
    const fields = {
      id: name,
      path,
      category: 'a',
      split: 'test',
      defect: 'bent',
      anomalous: true,
      masks: [path],
    } as const;
    const values = await new FileSample(fields).mask([128, 128], { onWarning: (message) => warnings.push(message) });
    return { values: values!, warnings };
  };

  test.each(['mask-16-bit-labels-0-1.png', 'mask-16-bit-0-255.png', 'mask-in-alpha.png', 'mask-jpeg.jpg'])(
    'the cases: %s',
    async (name) => {
      const right = (await read('mask-8-bit-0-1.png')).values;
      const { values, warnings } = await read(name);
      expect(warnings).toEqual([]);
      const wrong = values.filter((value, i) => value !== right[i]).length;
      expect(wrong).toBeLessThanOrEqual(name.endsWith('.jpg') ? 5 : 0);
    },
  );
}
