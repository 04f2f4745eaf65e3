import { labelRegions } from './regions.js';

function regionsOf(rows: readonly string[]) {
  const mask = Uint8Array.from(rows.join(''), (pixel) => Number(pixel === '#'));
  return labelRegions(mask, rows.length, rows[0]!.length);
}

test('sides and corners connect, edges do not wrap around', () => {
  const { labels, sizes } = regionsOf(['#...#', '.#...', '#....', '....#', '###.#', '..#..', '#..#.']);
  expect(sizes).toEqual([3, 1, 2, 5, 1]);
  expect([...labels.subarray(0, 5)]).toEqual([1, 0, 0, 0, 2]);
});

test('arms that meet only at the bottom are one region', () => {
  expect(regionsOf(['#.#.#', '#.#.#', '##.##']).sizes).toEqual([10]);
});

test('a full mask of a million pixels is one region, an empty one has none', () => {
  expect(labelRegions(new Uint8Array(1e6).fill(1), 1000, 1000).sizes).toEqual([1e6]);
  expect(labelRegions(new Uint8Array(12), 3, 4).sizes).toEqual([]);
});
