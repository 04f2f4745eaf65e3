import { btad, mvtec, mvtecAd2, mvtecLoco } from './by-split.js';
import { cifar10 } from './cifar10.js';
import { plain } from './plain.js';
import type { Reader } from './reader.js';

/** Of the readers that match a folder the first one reads it. */
export const readers: readonly Reader[] = [cifar10, mvtecAd2, mvtecLoco, btad, mvtec, plain];
