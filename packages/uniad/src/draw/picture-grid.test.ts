import sharp from 'sharp';
import { legendHeight } from './legend.js';
import { drawGrid } from './picture-grid.js';

const flat = (width: number, height: number, value: number) => ({
  width,
  height,
  data: new Uint8Array(width * height * 3).fill(value),
});
async function pixelsOf(png: Buffer) {
  const { data, info } = await sharp(png).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  return { grey: (x: number, y: number) => data[3 * (y * info.width + x)]!, width: info.width, height: info.height };
}

test('puts every picture in its place, at its own size', async () => {
  const encoded = await sharp({ create: { width: 20, height: 10, channels: 3, background: 'black' } })
    .png()
    .toBuffer();
  const grid = await drawGrid(
    [{ pictures: [flat(20, 30, 10), undefined] }, { pictures: [encoded, flat(20, 30, 90)] }],
    { gap: 2 },
  );
  const { grey, width, height } = await pixelsOf(grid);
  expect([width, height]).toEqual([42, 62]);
  expect([grey(0, 0), grey(19, 29), grey(20, 0), grey(30, 10)]).toEqual([10, 10, 255, 255]);
  expect([grey(10, 47), grey(10, 41), grey(10, 53)]).toEqual([0, 255, 255]); // In the middle of its place.
  expect([grey(22, 32), grey(41, 61)]).toEqual([90, 90]);
});

test('shrinks what is larger than its place, and never enlarges', async () => {
  const { grey, width, height } = await pixelsOf(
    await drawGrid([{ pictures: [flat(80, 40, 0), flat(10, 10, 0)] }], { cell: [40, 40], gap: 0 }),
  );
  expect([width, height]).toEqual([80, 40]);
  expect([grey(20, 5), grey(20, 20), grey(20, 35)]).toEqual([255, 0, 255]);
  expect([grey(50, 20), grey(60, 20), grey(70, 20)]).toEqual([255, 0, 255]);
});

test('titles and the legend take room of their own and never overlap a picture', async () => {
  const options = {
    titles: ['<b>&"', 'a title much too long for its column'],
    gap: 0,
    legend: { range: [0, 1] } as const,
  };
  const { grey, width, height } = await pixelsOf(
    await drawGrid([{ title: 'row', pictures: [flat(100, 100, 7), flat(100, 100, 7)] }], options),
  );
  const [side, head] = [width - 200, height - 100 - legendHeight(width)];
  expect(side).toBeGreaterThan(20);
  expect(head).toBeGreaterThan(10);
  expect([grey(side, head), grey(width - 1, head), grey(side, head + 99), grey(width - 1, head + 99)]).toEqual([
    7, 7, 7, 7,
  ]);
  expect(grey(side, head + 100)).toBe(255);
});

test('refuses a ragged grid, and one without pictures', async () => {
  await expect(drawGrid([])).rejects.toThrow('Expected at least one picture for a grid');
  await expect(drawGrid([{ pictures: [undefined] }])).rejects.toThrow('Expected at least one picture for a grid');
  await expect(drawGrid([{ pictures: [flat(1, 1, 0)] }, { pictures: [] }])).rejects.toThrow(
    'Expected 1 places in row 1 of a grid but received 0',
  );
  await expect(drawGrid([{ pictures: [flat(1, 1, 0)] }], { titles: ['a', 'b'] })).rejects.toThrow(
    'Expected 2 places in row 0 of a grid but received 1',
  );
});
