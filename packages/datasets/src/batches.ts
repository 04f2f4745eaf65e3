import { refuseUnknownOptions, requireCount } from './options.js';

/** Draws orders: `Generator` of `@uniad/nn` is one. */
export interface Shuffler {
  /** Shuffles in place and returns its argument. */
  shuffle<T>(items: T[]): T[];
}

export interface BatchOptions {
  /** Leave out a last batch that is not full; false by default. */
  readonly dropLast?: boolean;
}

/**
 * Splits items into batches of `batchSize`, the last of which may be smaller, in an order drawn by `shuffler`.
 *
 * Without a shuffler the order stays. The items themselves are left as they are.
 * @throws DatasetError for a batch size that is not a whole number above 0
 */
export function batches<T>(
  items: readonly T[],
  batchSize: number,
  shuffler?: Shuffler,
  options: BatchOptions = {},
): T[][] {
  refuseUnknownOptions(options, ['dropLast']);
  requireCount(batchSize, 'batchSize');
  const order = shuffler ? shuffler.shuffle([...items]) : items;
  const count = options.dropLast ? Math.floor(order.length / batchSize) : Math.ceil(order.length / batchSize);
  return Array.from({ length: count }, (_, batch) => order.slice(batch * batchSize, (batch + 1) * batchSize));
}
