export type { Category, Dataset, LeftOut, MaskOptions, Sample } from './dataset.js';
export { DatasetError, PictureError } from './errors.js';
export { defaultLimits } from './pictures/picture.js';
export type { DecodeOptions, Picture, PictureLimits, Size, ValueRange } from './pictures/picture.js';
export {
  IMAGENET_DEVIATION,
  IMAGENET_MEAN,
  preprocessPicture,
  type Pixels,
  type PreprocessOptions,
} from './pictures/preprocess-picture.js';
export { resizeBilinear } from './pictures/resize-bilinear.js';
export { resizeNearest } from './pictures/resize-nearest.js';
export { perlinMask, type MaskRandom } from './synthetic/perlin-mask.js';
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
