import type { RegionRanking } from './aupro.js';
import { GrowingArray } from './growing-array.js';
import type { Labels } from './labels.js';
import { rankSorted, type Scores, type SortedScores } from './ranking.js';
import type { Regions } from './regions.js';
import { sortAscending } from './sort.js';

const float32 = (length: number): SortedScores => new Float32Array(length);
const float64 = (length: number): SortedScores => new Float64Array(length);

/**
 * Every pixel's score, apart by label: 4 bytes for each while all scores are float32 numbers, 8 from the first that is not,
 * and up to three times that while they are brought together and sorted.
 */
export class ExactPixels {
  private isDouble = false;
  private negatives = new GrowingArray(float32);
  private positives = new GrowingArray(float32);
  /** Pixels of the region that each positive belongs to. */
  private readonly regionSizes = new GrowingArray((length) => new Uint32Array(length));
  private regions = 0;
  private sorted: RegionRanking | undefined;

  add(map: Scores, mask: Labels, regions: Regions | undefined): void {
    this.sorted = undefined;
    if (!this.isDouble && !allFloat32(map)) this.widen();
    const anomalous = regions ? regions.sizes.reduce((sum, size) => sum + size, 0) : 0;
    const negatives = this.negatives.reserve(map.length - anomalous);
    if (!regions) {
      negatives.set(map);
      return;
    }
    const positives = this.positives.reserve(anomalous);
    const sizes = this.regionSizes.reserve(anomalous);
    this.regions += regions.sizes.length;
    let negative = 0;
    let positive = 0;
    for (let i = 0; i < map.length; i++) {
      if (mask[i]) {
        sizes[positive] = regions.sizes[regions.labels[i]! - 1]!;
        positives[positive++] = map[i]!;
      } else negatives[negative++] = map[i]!;
    }
  }

  merge(other: ExactPixels): void {
    this.sorted = undefined;
    if (other.isDouble && !this.isDouble) this.widen();
    this.negatives.append(other.negatives);
    this.positives.append(other.positives);
    this.regionSizes.append(other.regionSizes);
    this.regions += other.regions;
  }

  ranking(): RegionRanking {
    if (!this.sorted) {
      const [positives, negatives, sizes] = [this.positives.whole(), this.negatives.whole(), this.regionSizes.whole()];
      sortAscending(positives, sizes);
      sortAscending(negatives);
      this.sorted = { ...rankSorted(positives, negatives, sizes), regions: this.regions };
    }
    return this.sorted;
  }

  private widen(): void {
    const { positives, negatives } = this;
    this.isDouble = true;
    this.positives = new GrowingArray(float64);
    this.negatives = new GrowingArray(float64);
    this.positives.append(positives);
    this.negatives.append(negatives);
  }
}

function allFloat32(map: Scores): boolean {
  for (let i = 0; i < map.length; i++) if (map[i] !== Math.fround(map[i]!)) return false;
  return true;
}
