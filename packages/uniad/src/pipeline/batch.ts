/** Pictures that go through a network together: enough for its speed, few enough for its memory. */
export const BATCH = 8;

/**
 * Runs over items in whole batches and over what is left one by one, so that a device that compiles for each batch size keeps
 * two sessions, however many items come.
 *
 * @param run one result for each item
 */
export async function inBatches<Item, Result>(
  items: readonly Item[],
  run: (batch: readonly Item[]) => Promise<Result[]>,
  signal?: AbortSignal,
): Promise<Result[]> {
  const results: Result[] = [];
  for (let start = 0; start < items.length;) {
    signal?.throwIfAborted();
    const size = items.length - start >= BATCH ? BATCH : 1;
    results.push(...(await run(items.slice(start, start + size))));
    start += size;
  }
  return results;
}
