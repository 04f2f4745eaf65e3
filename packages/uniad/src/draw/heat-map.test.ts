import type { Picture } from '@uniad/datasets';
import sharp from 'sharp';
import { drawComparison } from './comparison.js';
import { drawHeatMap } from './heat-map.js';
import { legendHeight } from './legend.js';

const scale = { range: [0, 10], threshold: 5 } as const;
const [WIDTH, HEIGHT, SIDE] = [200, 120, 32] as const;

/** Grey with a thin dark scratch across. */
const scratched: Picture = {
  width: WIDTH,
  height: HEIGHT,
  data: Uint8Array.from({ length: WIDTH * HEIGHT * 3 }, (_, i) => (Math.floor(i / 3 / WIDTH) === 60 ? 40 : 160)),
};

/** Hot in the middle half of its columns. */
const map = Float32Array.from({ length: SIDE * SIDE }, (_, i) => (i % SIDE >= 8 && i % SIDE < 24 ? 10 : 0));

async function pixelsOf(png: Buffer) {
  const { data, info } = await sharp(png).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  const at = (x: number, y: number) =>
    Array.from(data.subarray(3 * (y * info.width + x), 3 * (y * info.width + x) + 3));
  return { at, width: info.width, height: info.height };
}
const brightness = ([red, green, blue]: number[]) => 0.299 * red! + 0.587 * green! + 0.114 * blue!;

test('keeps the size of the picture, and the picture itself where it is cold', async () => {
  const { at, width, height } = await pixelsOf(await drawHeatMap(scratched, map, [SIDE, SIDE], scale));
  expect([width, height]).toEqual([WIDTH, HEIGHT]);
  expect(at(10, 20)).toEqual([160, 160, 160]);
  expect(at(10, 60)).toEqual([40, 40, 40]);
});

test('a thin scratch under the strongest heat keeps half of its contrast or more', async () => {
  const { at } = await pixelsOf(await drawHeatMap(scratched, map, [SIDE, SIDE], scale));
  const contrast = brightness(at(100, 50)) - brightness(at(100, 60));
  expect(contrast).toBeGreaterThan(0.5 * 120);
  // And the heat shows as a colour.
  expect(Math.max(...at(100, 50)) - Math.min(...at(100, 50))).toBeGreaterThan(40);
});

test('outlines where the map reaches the threshold, light within dark, on black and on white', async () => {
  for (const grey of [0, 255]) {
    const flat = { width: WIDTH, height: HEIGHT, data: new Uint8Array(WIDTH * HEIGHT * 3).fill(grey) };
    const { at } = await pixelsOf(await drawHeatMap(flat, map, [SIDE, SIDE], scale));
    // The map crosses its threshold between its columns 7 and 8: at 50 of 200 pixels.
    const across = Array.from({ length: 9 }, (_, i) => brightness(at(46 + i, 90)));
    expect(Math.max(...across)).toBeGreaterThan(180);
    expect(Math.min(...across)).toBeLessThan(100);
    const { at: without } = await pixelsOf(await drawHeatMap(flat, map, [SIDE, SIDE], { range: [0, 10] }));
    const smooth = Array.from({ length: 9 }, (_, i) => brightness(without(46 + i, 90)));
    expect(Math.max(...smooth) - Math.min(...smooth)).toBeLessThan(110);
  }
});

test.each([200, 40])('a legend is a strip below a picture %i wide', async (width) => {
  const picture = { width, height: 30, data: new Uint8Array(width * 30 * 3) };
  const drawn = await pixelsOf(await drawHeatMap(picture, map, [SIDE, SIDE], scale, { legend: true }));
  expect([drawn.width, drawn.height]).toEqual([width, 30 + legendHeight(width)]);
  const bar = Array.from({ length: width }, (_, x) =>
    drawn.at(x, 30 + Math.round(legendHeight(width) * (width < 150 ? 0.5 : 0.3))),
  );
  const distinct = new Set(bar.map(String));
  expect(distinct.size).toBeGreaterThan(width / 4);
  // The threshold's mark stands in the middle of this range.
  expect(bar[width / 2]!.every((channel) => channel > 240)).toBe(true);
});

test('a comparison is picture, heat map and mask, three pictures wide', async () => {
  const mask = new Uint8Array(SIDE * SIDE).fill(1, 0, (SIDE * SIDE) / 2);
  const { at, width, height } = await pixelsOf(await drawComparison(scratched, map, mask, [SIDE, SIDE], scale));
  expect([width, height]).toEqual([3 * WIDTH, HEIGHT + legendHeight(3 * WIDTH)]);
  expect(at(10, 20)).toEqual([160, 160, 160]);
  const hot = at(WIDTH + 100, 50);
  expect(Math.max(...hot) - Math.min(...hot)).toBeGreaterThan(40);
  expect(at(2 * WIDTH + 10, 30)).toEqual([255, 255, 255]);
  expect(at(2 * WIDTH + 10, 90)).toEqual([0, 0, 0]);
});
