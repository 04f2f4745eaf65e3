import { auproOf, proCurveOf, type ProCurve, type RegionRanking } from './aupro.js';
import { aurocOf } from './auroc.js';
import { averagePrecisionOf } from './average-precision.js';
import { bestF1Of, type BestF1 } from './best-f1.js';
import { BinnedPixels } from './binned-pixels.js';
import { errorBoundsOf, type ErrorBounds } from './binning-error.js';
import { MetricsError } from './errors.js';
import { ExactPixels } from './exact-pixels.js';
import { countPositives, refuseInfinite, type Labels } from './labels.js';
import { nameOf, refuseUnknownOptions, type MetricOptions } from './options.js';
import { precisionRecallCurveOf, type PrecisionRecallCurve } from './precision-recall-curve.js';
import { isOneClass, warnOneClass, type Scores } from './ranking.js';
import { labelRegions } from './regions.js';
import { rocCurveOf, type RocCurve } from './roc-curve.js';
import { thinCurve } from './thin-curve.js';

export interface PixelMetricsOptions extends MetricOptions {
  /**
   * Keep counts in so many bins instead of every score: a power of two from 2 ** 10 to 2 ** 24, 24 bytes each. With 2 ** b bins
   * scores fall together that differ by less than 1 part in 2 ** (b - 9). Without it everything is exact.
   */
  readonly bins?: number;
}

/** How far the area under the PRO curve reaches. */
export interface AuproOptions {
  /** The highest false positive rate that counts, above 0 and at most 1; 0.3 by default, as in MVTec's evaluation. */
  readonly limit?: number;
}

/** How finely a curve is given. */
export interface PixelCurveOptions {
  /** At most so many points, at least 4; 1000 by default. */
  readonly maxPoints?: number;
}

/**
 * Pixel metrics of anomaly maps that come one after the other and are not kept: 4 bytes a pixel stay, and three
 * times that are taken while they are sorted, or a fixed number of bins.
 *
 * Results may be asked for at any time, and more maps added afterwards. All are NaN (a best F1's fields and a curve's undefined
 * rates too), after one warning, while the pixels seen are all normal or all anomalous.
 */
export class PixelMetrics {
  private readonly store: ExactPixels | BinnedPixels;
  private readonly what: string;
  private hasWarned = false;
  private mapCount = 0;

  /** @throws MetricsError for another number of bins or an unknown option. */
  constructor(private readonly options: PixelMetricsOptions = {}) {
    refuseUnknownOptions(options, ['name', 'onWarning', 'bins']);
    this.what = nameOf('pixel metrics', options);
    const { bins } = options;
    if (bins !== undefined && !(bins >= 2 ** 10 && bins <= 2 ** 24 && Number.isInteger(Math.log2(bins)))) {
      throw new MetricsError(`Expected a power of two from 1024 to 16777216 for bins but received ${String(bins)}`);
    }
    this.store = bins === undefined ? new ExactPixels() : new BinnedPixels(bins);
  }

  /** Maps seen so far. */
  get maps(): number {
    return this.mapCount;
  }

  /**
   * Takes in one map with its mask, both `[height, width]` row-major; sizes may differ from map to map.
   *
   * @throws MetricsError for another length, a score that is not finite, or a mask value other than 0 and 1; nothing of the map counts then.
   */
  add(map: Scores, mask: Labels, [height, width]: readonly [number, number]): void {
    const where = `map ${this.mapCount} of ${this.what}`;
    if (!(Number.isInteger(height) && Number.isInteger(width) && height > 0 && width > 0)) {
      throw new MetricsError(`Expected a positive height and width for ${where} but received ${height} x ${width}`);
    }
    for (const [item, values] of [
      ['scores', map],
      ['mask values', mask],
    ] as const) {
      if (values.length !== height * width) {
        throw new MetricsError(`Expected ${height} x ${width} ${item} for ${where} but received ${values.length}`);
      }
    }
    refuseInfinite(map, 'pixel', where);
    const anomalous = countPositives(mask, 'mask value', where);
    this.store.add(map, mask, anomalous > 0 ? labelRegions(mask, height, width) : undefined);
    this.mapCount++;
    this.hasWarned = false;
  }

  /**
   * Takes in all that another one has seen, which stays as it is: pooling over categories.
   *
   * @throws MetricsError when the two do not keep scores in the same way, or are the same.
   */
  merge(other: PixelMetrics): void {
    if (other === this) throw new MetricsError(`Expected others to merge into ${this.what} but received itself`);
    if (this.store instanceof ExactPixels && other.store instanceof ExactPixels) this.store.merge(other.store);
    else if (
      this.store instanceof BinnedPixels &&
      other.store instanceof BinnedPixels &&
      this.store.bins === other.store.bins
    ) {
      this.store.merge(other.store);
    } else {
      const [own, others] = [this, other].map(({ options }) => (options.bins === undefined ? 'no' : options.bins));
      throw new MetricsError(`Expected ${own} bins to merge into ${this.what} but received ${others} bins`);
    }
    this.mapCount += other.mapCount;
    this.hasWarned = false;
  }

  /** The area under the ROC curve over all pixels. */
  auroc(): number {
    return aurocOf(this.ranking());
  }

  /** Average precision over the pixels added so far; NaN, after a warning, when they are all normal or all anomalous. */
  averagePrecision(): number {
    return averagePrecisionOf(this.ranking());
  }

  /** The threshold of the highest F1 over the pixels added so far. */
  bestF1(): BestF1 {
    return bestF1Of(this.ranking());
  }

  /**
   * The area under the PRO curve up to a false positive rate of `limit`, divided by `limit`, so that 1 is perfect: MVTec's AU-PRO.
   *
   * The curve goes through every distinct score and is straight between; regions are connected by sides and corners.
   * @throws MetricsError for a limit outside (0, 1].
   */
  aupro(options: AuproOptions = {}): number {
    return auproOf(this.ranking(), limitOf(options));
  }

  /** The ROC curve of the pixels added so far, thinned to `maxPoints`. */
  rocCurve(options: PixelCurveOptions = {}): RocCurve {
    const ranking = this.ranking();
    const { positives, negatives } = ranking;
    return rocCurveOf(
      ranking,
      thinCurve(ranking, (tp, fp) => tp / positives + fp / negatives, 2, maxPointsOf(options)),
    );
  }

  /** Its points are spread evenly over the recall. */
  precisionRecallCurve(options: PixelCurveOptions = {}): PrecisionRecallCurve {
    const ranking = this.ranking();
    return precisionRecallCurveOf(
      ranking,
      thinCurve(ranking, (tp) => tp / ranking.positives, 1, maxPointsOf(options)),
    );
  }

  /** The per-region overlap over the false positive rate, thinned to `maxPoints` (section 4.1). */
  proCurve(options: PixelCurveOptions = {}): ProCurve {
    const ranking = this.ranking();
    const { regions, negatives } = ranking;
    const placeOf = (_tp: number, fp: number, overlap: number) => overlap / regions + fp / negatives;
    return proCurveOf(ranking, thinCurve(ranking, placeOf, 2, maxPointsOf(options)));
  }

  /**
   * By how much each metric can differ at most from its exact value, given what fell into the bins; 0 without bins.
   *
   * @throws MetricsError for a limit outside (0, 1].
   */
  errorBounds(options: AuproOptions = {}): ErrorBounds {
    const limit = limitOf(options);
    const ranking = this.ranking();
    if (this.store instanceof BinnedPixels) return errorBoundsOf(ranking, limit);
    const none = isOneClass(ranking) ? NaN : 0;
    return { auroc: none, averagePrecision: none, bestF1: none, aupro: none };
  }

  private ranking(): RegionRanking {
    if (this.mapCount === 0) throw new MetricsError(`Expected at least one map for ${this.what} but received none`);
    const ranking = this.store.ranking();
    if (!this.hasWarned) warnOneClass(`${this.what} are`, ranking, this.options);
    this.hasWarned = true;
    return ranking;
  }
}

function limitOf(options: AuproOptions): number {
  refuseUnknownOptions(options, ['limit']);
  const { limit = 0.3 } = options;
  if (!(limit > 0 && limit <= 1)) {
    throw new MetricsError(`Expected a limit above 0 and at most 1 but received ${String(limit)}`);
  }
  return limit;
}

function maxPointsOf(options: PixelCurveOptions): number {
  refuseUnknownOptions(options, ['maxPoints']);
  const { maxPoints = 1000 } = options;
  if (!(maxPoints >= 4)) throw new MetricsError(`Expected at least 4 for maxPoints but received ${String(maxPoints)}`);
  return maxPoints;
}
