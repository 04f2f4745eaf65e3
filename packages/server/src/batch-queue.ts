/** Pictures that a model takes at once: what `@uniad/core` compiles a session for. */
export const BATCH = 8;

/** A thing that waits. */
export interface Waiting {
  /** Not to be put together with others: it is run again after a worker ended. */
  readonly alone: boolean;
}

/**
 * What waits for a worker, first come first served. The first waits at most a short window for others to run with, which costs
 * nothing where all workers are busy.
 */
export class BatchQueue<Item extends Waiting> {
  private readonly entries: { readonly item: Item; readonly since: number }[] = [];

  constructor(
    private readonly windowMs: number,
    private readonly now: () => number = () => performance.now(),
  ) {}

  get length(): number {
    return this.entries.length;
  }

  add(item: Item): void {
    this.entries.push({ item, since: this.now() });
  }

  /** Before all others, and without waiting for company. */
  addFirst(items: readonly Item[]): void {
    this.entries.unshift(...items.map((item) => ({ item, since: -Infinity })));
  }

  remove(item: Item): void {
    const index = this.entries.findIndex((entry) => entry.item === item);
    if (index >= 0) this.entries.splice(index, 1);
  }

  /** Milliseconds until the next batch may go; undefined where nothing waits. */
  dueIn(): number | undefined {
    const [first] = this.entries;
    if (!first) return undefined;
    if (this.entries.length >= BATCH) return 0;
    return Math.max(0, first.since + this.windowMs - this.now());
  }

  /** The next batch: at most {@link BATCH} items, or one that is to be alone. */
  take(): Item[] {
    const next = this.entries.slice(0, BATCH).map(({ item }) => item);
    const alone = next.findIndex((item) => item.alone);
    const size = alone < 0 ? next.length : Math.max(1, alone);
    return this.entries.splice(0, size).map(({ item }) => item);
  }
}
