export type { ProCurve } from './aupro.js';
export { auroc } from './auroc.js';
export { averagePrecision } from './average-precision.js';
export { bestF1, type BestF1 } from './best-f1.js';
export type { ErrorBounds } from './binning-error.js';
export { bootstrapInterval, type BootstrapOptions, type Interval } from './bootstrap.js';
export { MetricsError } from './errors.js';
export { imageScore, type ImageScoreOptions } from './image-score.js';
export type { Labels } from './labels.js';
export type { MetricOptions } from './options.js';
export { PixelMetrics, type AuproOptions, type PixelCurveOptions, type PixelMetricsOptions } from './pixel-metrics.js';
export { precisionRecallCurve, type PrecisionRecallCurve } from './precision-recall-curve.js';
export type { Scores } from './ranking.js';
export { rocCurve, type RocCurve, type RocCurveOptions } from './roc-curve.js';
export {
  imageMetrics,
  measureImages,
  measurePixels,
  pixelMetrics,
  type ImageMetric,
  type ImageMetricName,
  type PixelMetric,
  type PixelMetricName,
} from './tables.js';
