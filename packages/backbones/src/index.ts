export * from './common.js';
export { loadWeights } from './weights/load-weights.js';
export type { LoadWeightsOptions } from './weights/load-weights.js';
