type Numbers = Float32Array | Float64Array | Uint32Array;

const LARGEST_GROWTH = 2 ** 22; // numbers: what is reserved ahead stays small beside what is held

/** Numbers that grow in number without being copied each time: a list of chunks, each at least as long as all before it up to a limit. */
export class GrowingArray<T extends Numbers> {
  private chunks: { readonly room: T; used: number }[] = [];
  private count = 0;

  constructor(private readonly create: (length: number) => T) {}

  get length(): number {
    return this.count;
  }

  /** The next `length` numbers, for the caller to fill. */
  reserve(length: number): T {
    let last = this.chunks.at(-1);
    if (!last || last.used + length > last.room.length) {
      last = { room: this.create(Math.max(length, Math.min(this.count, LARGEST_GROWTH))), used: 0 };
      this.chunks.push(last);
    }
    const start = last.used;
    last.used += length;
    this.count += length;
    return last.room.subarray(start, last.used) as T;
  }

  append(other: GrowingArray<Numbers>): void {
    for (const { room, used } of other.chunks) this.reserve(used).set(room.subarray(0, used));
  }

  /** All numbers in one array, which stays the place where they are kept; each chunk is let go as soon as it is copied. */
  whole(): T {
    if (this.chunks.length > 1) {
      const room = this.create(this.count);
      let start = 0;
      for (let chunk = this.chunks.shift(); chunk; chunk = this.chunks.shift()) {
        room.set(chunk.room.subarray(0, chunk.used), start);
        start += chunk.used;
      }
      this.chunks = [{ room, used: this.count }];
    }
    const [only] = this.chunks;
    return only ? (only.room.subarray(0, only.used) as T) : this.create(0);
  }
}
