import { png, put, temporaryFolder } from '../test/temporary-folder.js';
import {
  batches,
  DatasetError,
  IMAGENET_DEVIATION,
  IMAGENET_MEAN,
  PictureError,
  preprocess,
  preprocessAll,
  preprocessPicture,
  readMask,
} from './index.js';

const folder = temporaryFolder();

describe('preprocess', () => {
  test('normalises each channel by itself', async () => {
    const path = await put(await png(51, 102, 255), folder.path, 'a.png');
    const pixels = await preprocess(path, { imageSize: [2, 3] });
    expect(pixels).toHaveLength(2 * 3 * 3);
    const expected = [0.2, 0.4, 1].map(
      (value, channel) => (value - IMAGENET_MEAN[channel]!) / IMAGENET_DEVIATION[channel]!,
    );
    for (let i = 0; i < pixels.length; i++) expect(pixels[i]).toBeCloseTo(expected[i % 3]!, 6);
    const plain = await preprocess(path, { imageSize: [1, 1], mean: [0, 0, 0], deviation: [1, 1, 2] });
    expect([...plain].map((value) => value.toFixed(4))).toEqual(['0.2000', '0.4000', '0.5000']);
  });

  test('refuses options that cannot be', () => {
    const picture = { width: 1, height: 1, data: Uint8Array.of(1, 2, 3) };
    expect(() => preprocessPicture(picture, { imageSize: [1, 1], deviation: [1, 0, 1] })).toThrow(DatasetError);
    expect(() => preprocessPicture(picture, { imageSize: [1, 1], mean: [NaN, 0, 1] })).toThrow('received NaN');
    expect(() => preprocessPicture(picture, { imageSize: [0, 1] })).toThrow('height');
    expect(() =>
      preprocessPicture(picture, JSON.parse('{"imageSize":[1,1],"std":[1,1,1]}') as { imageSize: [1, 1] }),
    ).toThrow('received std');
  });
});

describe('preprocessAll', () => {
  const options = { imageSize: [1, 1], mean: [0, 0, 0], deviation: [1 / 255, 1, 1] } as const;

  async function items(bad: readonly number[]): Promise<{ path: string; id: number }[]> {
    return Promise.all(
      Array.from({ length: 9 }, async (_, id) => ({
        id,
        path: await put(bad.includes(id) ? 'broken' : await png(id), folder.path, `${bad.join('-')}_${id}.png`),
      })),
    );
  }

  test.each([1, 2, 50])('keeps the order, %d at a time', async (concurrency) => {
    const seen: number[][] = [];
    for await (const { item, pixels } of preprocessAll(await items([]), { ...options, concurrency }))
      seen.push([item.id, Math.round(pixels[0]!)]);
    expect(seen).toEqual(Array.from({ length: 9 }, (_, id) => [id, id]));
  });

  test('bad pictures are skipped and named when the caller listens', async () => {
    const bad: string[] = [];
    const seen: number[] = [];
    for await (const { item } of preprocessAll(await items([0, 5]), {
      ...options,
      onBadPicture: ({ picture }) => bad.push(picture),
    }))
      seen.push(item.id);
    expect(seen).toEqual([1, 2, 3, 4, 6, 7, 8]);
    expect(bad).toEqual([expect.stringContaining('0-5_0.png'), expect.stringContaining('0-5_5.png')]);
  });

  test('the first bad picture ends the iteration otherwise', async () => {
    const seen: number[] = [];
    const run = async () => {
      for await (const { item } of preprocessAll(await items([2, 3]), { ...options, concurrency: 4 }))
        seen.push(item.id);
    };
    await expect(run()).rejects.toThrow(PictureError);
    await expect(run()).rejects.toThrow('2-3_2.png');
    expect(seen).toEqual([0, 1, 0, 1]);
  });

  test('stops when aborted', async () => {
    const controller = new AbortController();
    let seen = 0;
    const run = async () => {
      for await (const { item } of preprocessAll(await items([]), { ...options, signal: controller.signal })) {
        seen++;
        if (item.id === 1) controller.abort();
      }
    };
    await expect(run()).rejects.toThrow('aborted');
    expect(seen).toBe(2);
  });
});

describe('readMask', () => {
  test('a good picture has zeros', async () => {
    expect(await readMask({ id: 'a', anomalous: false }, [2, 3])).toEqual(new Uint8Array(6));
  });

  test('whatever is not black is defect', async () => {
    for (const [red, green, blue] of [
      [1, 0, 0],
      [0, 0, 1],
      [255, 255, 255],
    ] as const) {
      const maskPath = await put(await png(red, green, blue), folder.path, 'mask.png');
      expect(await readMask({ id: 'a', anomalous: true, maskPath }, [3, 2])).toEqual(new Uint8Array(6).fill(1));
    }
    const black = await put(await png(0, 0, 0), folder.path, 'black.png');
    expect(await readMask({ id: 'a', anomalous: true, maskPath: black }, [1, 1])).toEqual(Uint8Array.of(0));
  });

  test('an anomalous sample without a mask is refused by name', async () => {
    await expect(readMask({ id: 'screw/test/bent/1.png', anomalous: true }, [1, 1])).rejects.toThrow(
      'Expected a mask for screw/test/bent/1.png',
    );
  });
});

describe('batches', () => {
  const reverse = { shuffle: <T>(items: T[]) => items.reverse() };

  test('the last one may be smaller', () => {
    expect(batches([1, 2, 3, 4, 5], 2)).toEqual([[1, 2], [3, 4], [5]]);
    expect(batches([1, 2, 3, 4, 5], 2, undefined, { dropLast: true })).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(batches([], 3)).toEqual([]);
  });

  test('takes the order of the shuffler and leaves the items as they are', () => {
    const items = Object.freeze([1, 2, 3]);
    expect(batches(items, 2, reverse)).toEqual([[3, 2], [1]]);
    expect(items).toEqual([1, 2, 3]);
  });

  test.each([0, 1.5, -1])('refuses a batch size of %d', (size) => {
    expect(() => batches([1], size)).toThrow(DatasetError);
  });
});
