import { btad, mvtec, mvtecAd2, mvtecLoco } from './by-split.js';
import { plain } from './plain.js';
import type { Reader } from './reader.js';

/** Of the readers that match a folder the first one reads it. */
export const readers: readonly Reader[] = [mvtecAd2, mvtecLoco, btad, mvtec, plain];
