export { auroc } from './auroc.js';
export { averagePrecision } from './average-precision.js';
export { bestF1, type BestF1 } from './best-f1.js';
export { MetricsError } from './errors.js';
export { imageScore, type ImageScoreOptions } from './image-score.js';
export type { MetricOptions } from './options.js';
export type { Labels, Scores } from './ranking.js';
export { rocCurve, type RocCurve, type RocCurveOptions } from './roc-curve.js';
