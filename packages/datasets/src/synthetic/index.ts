// Free of Node built-ins; writing to disk is in ./write.js.
export type { DefectName } from './defects/defect.js';
export { syntheticKinds } from './kinds/index.js';
export { defectsOf, drawPicture, type PictureOptions, type SyntheticPicture } from './picture.js';
export { syntheticSet, type SyntheticSample, type SyntheticSetOptions } from './set.js';
