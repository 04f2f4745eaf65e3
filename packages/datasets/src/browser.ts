export { batches, type BatchOptions, type Shuffler } from './batches.js';
export type { Category, Dataset, Sample } from './dataset.js';
export { DatasetError, PictureError } from './errors.js';
export type { Picture, Size } from './picture.js';
export { IMAGENET_DEVIATION, IMAGENET_MEAN, preprocessPicture, type PreprocessOptions } from './preprocess-picture.js';
export { resizeBilinear } from './resize-bilinear.js';
export { resizeNearest } from './resize-nearest.js';
export {
  defectsOf,
  drawPicture,
  syntheticKinds,
  syntheticSet,
  type DefectName,
  type PictureOptions,
  type SyntheticPicture,
  type SyntheticSample,
  type SyntheticSetOptions,
} from './synthetic/index.js';
