export * from './common.js';
export { loadWeights } from './weights/fetch-weights.js';
export type { FetchWeightsOptions } from './weights/fetch-weights.js';
