import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import sharp from 'sharp';
import { trainedModel } from '../../test/trained-model.js';
import { selectDevice } from '../device/select-device.js';
import { load } from './inspector.js';
import type { Inspector } from './inspector.js';
import { saveModel } from './read-model.js';

let folder: string;
let inspector: Inspector;
let pictures: Buffer[];

/** Squares on grey, each in another place. */
const draw = (i: number) => {
  const square = { create: { width: 12, height: 12, channels: 3 as const, background: '#d33' } };
  return sharp({ create: { width: 48, height: 48, channels: 3, background: '#777' } })
    .composite([{ input: square, left: 2 * i, top: i }])
    .png()
    .toBuffer();
};

beforeAll(async () => {
  await selectDevice();
  folder = await mkdtemp(join(tmpdir(), 'uniad-inspector-'));
  await saveModel(folder, await trainedModel());
  inspector = await load(folder, { threads: 1 });
  pictures = await Promise.all(Array.from({ length: 11 }, (_, i) => draw(i)));
});
afterAll(async () => {
  inspector.dispose();
  await rm(folder, { recursive: true });
});

describe('an inspector', () => {
  test('inspects many as it does one, and a bad one among them costs itself alone', async () => {
    const scores: number[] = [];
    for (const picture of pictures) scores.push((await inspector.predict(picture)).score);
    expect(new Set(scores).size).toBe(pictures.length);
    const all = await inspector.predictAll(pictures);
    all.forEach(({ score }, i) => expect(score).toBeCloseTo(scores[i]!, 4));

    const bad = pictures[3]!.subarray(0, 60);
    const mixed = pictures.with(3, bad).with(9, Buffer.from('none'));
    const before = tf.memory().numTensors;
    const settled = await inspector.predictAllSettled(mixed);
    expect(tf.memory().numTensors).toBe(before);
    settled.forEach((result, i) => {
      if (i === 3 || i === 9) {
        expect(result).toMatchObject({ status: 'rejected', reason: { name: 'PictureError' } });
      } else {
        expect(result).toMatchObject({ status: 'fulfilled', value: { score: expect.closeTo(scores[i]!, 4) } });
      }
    });
    const last = settled[10]!;
    const drawn = last.status === 'fulfilled' ? await last.value.heatMap() : undefined;
    expect(await sharp(drawn).metadata()).toMatchObject({ width: 48, height: 48 });
    await expect(inspector.predictAll(mixed)).rejects.toThrow('Cannot read the picture of 60 bytes');
    expect(await inspector.predictAllSettled([])).toEqual([]);
  });

  test('one after the other, it looks no farther ahead than a batch, and ends at a bad one', async () => {
    let asked = 0;
    async function* endlessly() {
      for (;;) yield pictures[asked++ % pictures.length]!;
    }
    const scores: number[] = [];
    for await (const { score } of inspector.predictEach(endlessly())) {
      scores.push(score);
      expect(asked - scores.length).toBeLessThan(8);
      if (scores.length === 10) break;
    }
    expect(scores).toHaveLength(10);
    const all = await inspector.predictAll(pictures);
    const each: number[] = [];
    const mixed = [...pictures, Buffer.from('none'), ...pictures];
    await expect(async () => {
      for await (const { score } of inspector.predictEach(mixed)) each.push(score);
    }).rejects.toThrow('Cannot read the picture of 4 bytes');
    expect(each).toHaveLength(11);
    each.forEach((score, i) => expect(score).toBeCloseTo(all[i]!.score, 4));
  });

  test('on one thread finds what it finds on all', async () => {
    const onAll = await load(folder);
    const { map, score } = await onAll.predict(pictures[0]!);
    const onOne = await inspector.predict(pictures[0]!);
    expect(onOne.score).toBeCloseTo(score, 4);
    onOne.map.forEach((value, i) => expect(value).toBeCloseTo(map[i]!, 3));
    onAll.dispose();
    await expect(load(folder, { threads: 0 })).rejects.toThrow(
      'a whole number of at least 1 for threads but received 0',
    );
  });
});
