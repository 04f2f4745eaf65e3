/** Of each map one pixel in so many is enough, neighbours being much alike. */
const EVERY = 16;

/** Pixels of all maps together that are enough for a quantile, 4 MiB: with more, fewer of each map are taken. */
const MOST = 2 ** 20;

/** Pixels of maps that come one after the other and are not kept. */
export class PixelSample {
  private readonly parts: Float32Array[] = [];

  /** @param maps that will come */
  constructor(private readonly maps: number) {}

  add(map: Float32Array): void {
    const share = Math.ceil((this.maps * map.length) / MOST);
    const step = share > EVERY ? share | 1 : EVERY; // Odd: it meets all columns, whose number is mostly even.
    this.parts.push(map.filter((_, i) => i % step === 0));
  }

  values(): Float32Array {
    const all = new Float32Array(this.parts.reduce((sum, { length }) => sum + length, 0));
    this.parts.reduce((start, part) => (all.set(part, start), start + part.length), 0);
    return all;
  }
}
