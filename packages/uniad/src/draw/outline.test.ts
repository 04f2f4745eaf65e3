import { contours } from 'd3-contour';
import { heatOutline } from './outline.js';

type Point = readonly [x: number, y: number];
const piecesOf = (path: string): [Point, Point][] =>
  [...path.matchAll(/M([\d.]+) ([\d.]+)L([\d.]+) ([\d.]+)/g)].map(([, a, b, c, d]) => [
    [Number(a), Number(b)],
    [Number(c), Number(d)],
  ]);
const length = (pieces: readonly (readonly [Point, Point])[]) =>
  pieces.reduce((sum, [[x0, y0], [x1, y1]]) => sum + Math.hypot(x1 - x0, y1 - y0), 0);

/** A hill whose height falls with the distance from a center, in pixels. */
const hill = ([height, width]: readonly [number, number], [x, y]: Point) =>
  Float32Array.from(
    { length: height * width },
    (_, i) => 100 - Math.hypot((i % width) + 0.5 - x, Math.floor(i / width) + 0.5 - y),
  );

test('outlines a hill by the circle that it is, closed', () => {
  const pieces = piecesOf(heatOutline(hill([50, 60], [28, 25]), [50, 60], 85));
  for (const [from] of pieces) expect(Math.abs(Math.hypot(from[0] - 28, from[1] - 25) - 15)).toBeLessThan(0.05);
  expect(length(pieces)).toBeCloseTo(2 * Math.PI * 15, 0);
  const ends = new Map<string, number>();
  for (const end of pieces.flat()) ends.set(String(end), (ends.get(String(end)) ?? 0) + 1);
  expect([...new Set(ends.values())]).toEqual([2]);
});

test('agrees with d3-contour, at the border too', () => {
  // Both centers near a border: the outline runs along it.
  for (const center of [
    [3, 30],
    [40, 2],
    [20, 20],
  ] as const) {
    const map = hill([40, 44], center);
    const { coordinates } = contours().size([44, 40]).contour(Array.from(map), 88);
    const rings = coordinates.flat() as unknown as Point[][];
    const theirs = rings.flatMap((ring) => ring.slice(1).map((point, i) => [ring[i]!, point] as const));
    expect(length(theirs)).toBeGreaterThan(20);
    expect(length(piecesOf(heatOutline(map, [40, 44], 88)))).toBeCloseTo(length(theirs), 0);
  }
});

test('outlines nothing of a cold map, the border of a hot one, and a level itself is hot', () => {
  expect(heatOutline(new Float32Array(12), [3, 4], 1)).toBe('');
  expect(heatOutline(new Float32Array(12).fill(NaN), [3, 4], 1)).toBe('');
  expect(length(piecesOf(heatOutline(new Float32Array(12).fill(1), [3, 4], 1)))).toBeCloseTo(
    2 + 3 + 2 + 3 + 4 * Math.SQRT1_2,
  );
});

test('keeps the hot corners of a saddle apart', () => {
  for (const map of [
    [1, 0, 0, 1],
    [0, 1, 1, 0],
  ]) {
    const inner = piecesOf(heatOutline(Float32Array.from(map), [2, 2], 0.5)).filter(([from, to]) =>
      [...from, ...to].every((coordinate) => coordinate > 0.1 && coordinate < 1.9),
    );
    // Each piece goes round its own hot pixel's center, half a pixel away on either side.
    const hot = map.flatMap((value, i): Point[] => (value === 1 ? [[0.5 + (i % 2), 0.5 + (i >> 1)]] : []));
    expect(inner).toHaveLength(2);
    for (const ends of inner)
      expect(hot.some(([x, y]) => ends.every(([px, py]) => Math.hypot(px - x, py - y) === 0.5))).toBe(true);
  }
});
