import { MetricsError } from './errors.js';
import { refuseUnknownOptions } from './options.js';

/** How a map becomes the score of a picture (section 3.3). */
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
    if (!Number.isFinite(map[i]))
      throw new MetricsError(`Expected a finite number for map value ${i} but received ${String(map[i])}`);
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

function maxOfAveragePool(
  map: ArrayLike<number>,
  height: number,
  width: number,
  [rows, columns]: readonly [number, number],
): number {
  if (!isCount(rows) || !isCount(columns) || rows > height || columns > width) {
    throw new MetricsError(`Expected a pool of at most ${height} x ${width} but received ${rows} x ${columns}`);
  }
  const across = windowSums(map, height, width, columns); // [places in a row, height]
  const sums = windowSums(across, width - columns + 1, height, rows);
  let highest = -Infinity;
  for (let i = 0; i < sums.length; i++) if (sums[i]! > highest) highest = sums[i]!;
  return highest / (rows * columns);
}

/**
 * The sum of each window of a row, for all rows, `[places in a row, rows]`: applied twice, it sums over rectangles.
 *
 * Rows are cut into blocks as long as the window, so that a window is the end of one block and the beginning of the next: two
 * sums that begin afresh in each block. A running sum would carry the rounding of a bright spot into every window after it.
 */
function windowSums(values: ArrayLike<number>, rows: number, length: number, window: number): Float64Array {
  const sums = new Float64Array((length - window + 1) * rows);
  const ends = new Float64Array(length);
  for (let row = 0; row < rows; row++) {
    for (let i = length - 1; i >= 0; i--) {
      const startsBlock = i === length - 1 || (i + 1) % window === 0;
      ends[i] = (startsBlock ? 0 : ends[i + 1]!) + values[row * length + i]!;
    }
    let beginning = 0;
    for (let i = 0; i < length; i++) {
      beginning = (i % window === 0 ? 0 : beginning) + values[row * length + i]!;
      const place = i - window + 1;
      if (place >= 0) sums[place * rows + row] = place % window === 0 ? beginning : ends[place]! + beginning;
    }
  }
  return sums;
}
