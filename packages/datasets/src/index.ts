export * from './browser.js';
export type { FolderOptions } from './choose-categories.js';
export { decodePicture, type DecodeOptions, type PictureLimits } from './decode-picture.js';
export { listPictures } from './list-pictures.js';
export { readMvtecFolder, type MvtecOptions } from './mvtec-folder.js';
export { openDataset } from './open-dataset.js';
export { readPictureFolder } from './picture-folder.js';
export { preprocess, preprocessAll, type PreprocessAllOptions } from './preprocess.js';
export { readMask } from './read-mask.js';
