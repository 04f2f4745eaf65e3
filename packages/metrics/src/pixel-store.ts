import type { RegionRanking } from './aupro.js';
import type { Labels } from './labels.js';
import type { Scores } from './ranking.js';
import type { Regions } from './regions.js';

/** Holds what the pixel metrics need of the maps seen so far. */
export interface PixelStore {
  /** A map without anomalous pixels has no `regions`. */
  add(map: Scores, mask: Labels, regions: Regions | undefined): void;
  ranking(): RegionRanking;
}
