export { PictureError } from '@uniad/datasets';
export type { FetchModelOptions } from './browser/fetch-model.js';
export { Inspector, load } from './browser/inspector.js';
export type { Prediction } from './browser/inspector.js';
export type { PageImage } from './browser/pixels-of.js';
export * from './universal.js';
