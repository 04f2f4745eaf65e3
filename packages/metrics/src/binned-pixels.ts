import type { RegionRanking } from './aupro.js';
import { MetricsError } from './errors.js';
import { fromOrderedBits, toOrderedBits } from './float-bits.js';
import type { Labels } from './labels.js';
import type { Scores } from './ranking.js';
import type { Regions } from './regions.js';

/**
 * Counts of the pixels whose scores agree in their leading float32 bits, so that no range need be known beforehand and any
 * scale is told apart as finely: 24 bytes a bin, however many maps there are.
 */
export class BinnedPixels {
  private readonly positives: Float64Array;
  private readonly negatives: Float64Array;
  /** Of each bin, the shares of their regions that its positives make up. */
  private readonly overlaps: Float64Array;
  private readonly shift: number;
  private readonly number = new Float32Array(1);
  private readonly bits = new Uint32Array(this.number.buffer);
  private regions = 0;

  constructor(readonly bins: number) {
    this.positives = new Float64Array(bins);
    this.negatives = new Float64Array(bins);
    this.overlaps = new Float64Array(bins);
    this.shift = 32 - Math.log2(bins);
  }

  add(map: Scores, mask: Labels, regions: Regions | undefined): void {
    for (let i = 0; i < map.length; i++) {
      if (Number.isFinite(Math.fround(map[i]!))) continue;
      throw new MetricsError(
        `Expected a number that float32 holds for pixel ${i}, to be binned, but received ${map[i]}`,
      );
    }
    for (let i = 0; i < map.length; i++) {
      const bin = this.keyOf(map[i]!) >>> this.shift;
      if (!mask[i]) this.negatives[bin]!++;
      else {
        this.positives[bin]!++;
        this.overlaps[bin]! += 1 / regions!.sizes[regions!.labels[i]! - 1]!;
      }
    }
    this.regions += regions?.sizes.length ?? 0;
  }

  merge(other: BinnedPixels): void {
    for (let bin = 0; bin < this.bins; bin++) {
      this.positives[bin]! += other.positives[bin]!;
      this.negatives[bin]! += other.negatives[bin]!;
      this.overlaps[bin]! += other.overlaps[bin]!;
    }
    this.regions += other.regions;
  }

  ranking(): RegionRanking {
    const { positives, negatives, overlaps, regions } = this;
    return {
      positives: sum(positives),
      negatives: sum(negatives),
      regions,
      forEachThreshold: (visit) => {
        let [truePositives, falsePositives, overlap] = [0, 0, 0];
        for (let bin = this.bins - 1; bin >= 0; bin--) {
          if (positives[bin] === 0 && negatives[bin] === 0) continue;
          truePositives += positives[bin]!;
          falsePositives += negatives[bin]!;
          overlap += overlaps[bin]!;
          visit(this.lowestOf(bin), truePositives, falsePositives, overlap);
        }
      },
    };
  }

  private keyOf(score: number): number {
    this.number[0] = score + 0; // both zeros are one number
    return toOrderedBits(this.bits[0]!);
  }

  /** The lowest score that falls in a bin. */
  private lowestOf(bin: number): number {
    this.bits[0] = fromOrderedBits(bin << this.shift);
    return this.number[0]!;
  }
}

function sum(values: Float64Array): number {
  return values.reduce((total, value) => total + value, 0);
}
