// Free of Node built-ins; writing to disk is in ./write.js.
// The files take Math apart at their head: inside a vm context, as in Jest, every look-up of a global runs through an
// interceptor, which made a picture take seconds.
export type { DefectName } from './defects/defect.js';
export { syntheticKinds } from './kinds/index.js';
export { defectsOf, drawPicture, type PictureOptions, type SyntheticPicture } from './picture.js';
export { syntheticSet, type SyntheticSample, type SyntheticSetOptions } from './set.js';
