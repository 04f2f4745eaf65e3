import { MetricsError } from './errors.js';
import { refuseUnknownOptions } from './options.js';

export interface ImageScoreOptions {
  /** `max-of-average-pool` for MVTec-AD (the default), `mean` for CIFAR-10; `std` is the population deviation. */
  readonly by?: 'max-of-average-pool' | 'mean' | 'std';
  /** Rows and columns of the average pool; 16 by 16 by default. */
  readonly pool?: readonly [number, number];
}

/**
 * One score for a picture from its anomaly map, `[height, width]` row-major.
 *
 * `max-of-average-pool` averages over every window that lies wholly in the map, at stride 1, and takes the highest.
 * @throws MetricsError for a map of another length, a value that is not finite (named by its index), or a pool larger than the map.
 */
export function imageScore(
  map: Float32Array | Float64Array | readonly number[],
  [height, width]: readonly [number, number],
  options: ImageScoreOptions = {},
): number {
  refuseUnknownOptions(options, ['by', 'pool']);
  const { by = 'max-of-average-pool', pool = [16, 16] } = options;
  checkMap(map, height, width);
  switch (by) {
    case 'max-of-average-pool':
      return maxOfAveragePool(map, height, width, pool);
    case 'mean':
      return meanOf(map);
    case 'std':
      return deviationOf(map);
    default:
      throw new MetricsError(`Expected max-of-average-pool, mean or std for by but received ${String(by)}`);
  }
}

function checkMap(map: ArrayLike<number>, height: number, width: number): void {
  if (!isCount(height) || !isCount(width) || map.length !== height * width) {
    throw new MetricsError(`Expected a map of ${height} x ${width} values but received ${map.length}`);
  }
  for (let i = 0; i < map.length; i++) {
    if (!Number.isFinite(map[i])) throw new MetricsError(`Expected a finite number for map value ${i} but received ${String(map[i])}`);
  }
}

function isCount(value: number): boolean {
  return Number.isInteger(value) && value > 0;
}

function meanOf(map: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < map.length; i++) sum += map[i]!;
  return sum / map.length;
}

function deviationOf(map: ArrayLike<number>): number {
  const mean = meanOf(map);
  let sum = 0;
  for (let i = 0; i < map.length; i++) sum += (map[i]! - mean) ** 2;
  return Math.sqrt(sum / map.length);
}

/**
 * Sums along columns, then along rows. Windows are added up afresh: a running sum would carry the rounding of a
 * bright spot into every window after it.
 */
function maxOfAveragePool(map: ArrayLike<number>, height: number, width: number, [rows, columns]: readonly [number, number]): number {
  if (!isCount(rows) || !isCount(columns) || rows > height || columns > width) {
    throw new MetricsError(`Expected a pool of at most ${height} x ${width} but received ${rows} x ${columns}`);
  }
  const columnSums = new Float64Array(width);
  let highest = -Infinity;
  for (let top = 0; top + rows <= height; top++) {
    columnSums.fill(0);
    for (let y = top; y < top + rows; y++) {
      for (let x = 0; x < width; x++) columnSums[x]! += map[y * width + x]!;
    }
    for (let left = 0; left + columns <= width; left++) {
      let sum = 0;
      for (let x = left; x < left + columns; x++) sum += columnSums[x]!;
      highest = Math.max(highest, sum);
    }
  }
  return highest / (rows * columns);
}
