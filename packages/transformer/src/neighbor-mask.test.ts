import { neighborMask } from './neighbor-mask.js';
import { TransformerError } from './error.js';
import type { GridSize } from './neighbor-mask.js';

/** Straight from the definition: hidden when both distances are within half the window. */
function hidden([, width]: GridSize, [windowHeight, windowWidth]: GridSize, query: number, key: number): boolean {
  const rows = Math.abs(Math.floor(query / width) - Math.floor(key / width));
  const columns = Math.abs((query % width) - (key % width));
  return 2 * rows < windowHeight && 2 * columns < windowWidth;
}

describe('neighborMask', () => {
  test.each<[GridSize, GridSize]>([
    [
      [14, 14],
      [7, 7],
    ],
    [
      [8, 8],
      [5, 5],
    ],
    [
      [4, 5],
      [3, 3],
    ],
    [
      [4, 6],
      [3, 5],
    ],
    [
      [3, 3],
      [1, 1],
    ],
    [
      [1, 9],
      [3, 3],
    ],
  ])('grid %p, window %p', (grid, window) => {
    const mask = neighborMask(grid, window);
    const tokens = grid[0] * grid[1];
    expect(mask.shape).toEqual([tokens, tokens]);
    const values = mask.dataSync();
    for (let query = 0; query < tokens; query++) {
      for (let key = 0; key < tokens; key++) {
        expect(values[query * tokens + key]! < -1e8).toBe(hidden(grid, window, query, key));
      }
    }
    mask.dispose();
  });

  test.each<[GridSize, GridSize, string]>([
    [[14, 14], [6, 7], '6x7'],
    [[14, 14], [-1, 7], '-1x7'],
    [[3, 3], [3, 3], '3x3 on a 3x3 grid'],
    [[4, 4], [5, 5], '5x5 on a 4x4 grid'],
  ])('refuses grid %p with window %p', (grid, window, named) => {
    expect(() => neighborMask(grid, window)).toThrow(TransformerError);
    expect(() => neighborMask(grid, window)).toThrow(named);
  });

  test('a window that spares the corners is no error', () => {
    const mask = neighborMask([3, 3], [1, 3]);
    mask.dispose();
  });
});
