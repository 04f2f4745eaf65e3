import * as tf from '@tensorflow/tfjs';
import { neighborMask } from './neighbor-mask.js';
import { TransformerError } from './error.js';
import type { GridSize } from './neighbor-mask.js';

beforeAll(() => tf.setBackend('cpu'));

/** Straight from the definition: hidden when both distances are within half the window. */
function hidden([, width]: GridSize, [windowHeight, windowWidth]: GridSize, query: number, key: number): boolean {
  const rows = Math.abs(Math.floor(query / width) - Math.floor(key / width));
  const columns = Math.abs((query % width) - (key % width));
  return 2 * rows < windowHeight && 2 * columns < windowWidth;
}

/** What a token sees, drawn as the grid: `.` is seen and `#` hidden; anything else is an error. */
function view(grid: GridSize, window: GridSize, token: number): string[] {
  const tokens = grid[0] * grid[1];
  const mask = neighborMask(grid, window);
  const row = mask.dataSync().slice(token * tokens, (token + 1) * tokens);
  mask.dispose();
  const marks = Array.from(row, (value) => (value === 0 ? '.' : value < -1e8 ? '#' : '?')).join('');
  return Array.from({ length: grid[0] }, (_, r) => marks.slice(r * grid[1], (r + 1) * grid[1]));
}

describe('neighborMask', () => {
  test.each<[GridSize, GridSize, number, string[]]>([
    [[4, 5], [3, 3], 7, ['.###.', '.###.', '.###.', '.....']],
    [[4, 5], [3, 3], 0, ['##...', '##...', '.....', '.....']],
    [[4, 5], [3, 3], 19, ['.....', '.....', '...##', '...##']],
    // Height comes before width.
    [[4, 5], [1, 5], 6, ['.....', '####.', '.....', '.....']],
    [[4, 5], [5, 1], 6, ['.#...', '.#...', '.#...', '.#...']],
    [[5, 4], [3, 1], 9, ['....', '.#..', '.#..', '.#..', '....']],
    // With 1x1 a token is hidden from itself alone.
    [[3, 3], [1, 1], 4, ['...', '.#.', '...']],
    [[3, 3], [1, 1], 2, ['..#', '...', '...']],
  ])('grid %p, window %p: what token %p sees', (grid, window, token, expected) => {
    expect(view(grid, window, token)).toEqual(expected);
  });

  const sides = [1, 2, 3, 4, 5, 6, 8];
  const grids = sides.flatMap((height) => sides.map((width): GridSize => [height, width]));
  const windowSides = [1, 3, 5, 7];
  const windows = windowSides.flatMap((height) => windowSides.map((width): GridSize => [height, width]));

  test.each(windows)(
    'window %px%p: hides by the definition on every grid, and refuses what would blind a token',
    (...window) => {
      let refused = 0;
      for (const grid of grids) {
        const tokens = Array.from({ length: grid[0] * grid[1] }, (_, token) => token);
        const blind = tokens.some((query) => tokens.every((key) => hidden(grid, window, query, key)));
        if (blind) {
          refused++;
          expect(() => neighborMask(grid, window)).toThrow(TransformerError);
          continue;
        }
        const mask = neighborMask(grid, window);
        expect(mask.shape).toEqual([tokens.length, tokens.length]);
        const values = mask.dataSync();
        const expected = tokens.flatMap((query) => tokens.map((key) => (hidden(grid, window, query, key) ? '#' : '.')));
        expect(Array.from(values, (value) => (value === 0 ? '.' : value < -1e8 ? '#' : '?')).join('')).toBe(
          expected.join(''),
        );
        mask.dispose();
      }
      expect(refused).toBeGreaterThan(0);
      expect(refused).toBeLessThan(grids.length);
    },
  );

  test.each<[GridSize, GridSize, string]>([
    [[14, 14], [6, 7], 'Expected odd positive numbers for neighborSize but received 6x7'],
    [[14, 14], [-1, 7], '-1x7'],
    [[14, 14], [NaN, 7], 'NaNx7'],
    [[3, 3], [3, 3], '3x3 on a 3x3 grid'],
    [[4, 4], [5, 5], '5x5 on a 4x4 grid'],
  ])('refuses grid %p with window %p', (grid, window, named) => {
    expect(() => neighborMask(grid, window)).toThrow(TransformerError);
    expect(() => neighborMask(grid, window)).toThrow(named);
  });
});
