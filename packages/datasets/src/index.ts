export * from './browser.js';
export { FileSample, type FileSampleFields } from './file-sample.js';
export { OUTPUT_MARKER } from './folder/folder.js';
export { listPictures, type PictureList } from './folder/list-pictures.js';
export { datasetFormats, openDataset, type OpenDatasetOptions } from './open-dataset.js';
export { decodePicture } from './pictures/decode-picture.js';
export { measureRange, type MeasureRangeOptions } from './pictures/measure-range.js';
export type { Extent } from './pictures/picture.js';
export { writeSyntheticSet, type WriteSyntheticSetOptions } from './synthetic/write.js';
