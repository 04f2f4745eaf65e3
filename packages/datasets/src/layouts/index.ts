import { btad, mvtec, mvtecAd2, mvtecLoco } from './by-split.js';
import { cifar10 } from './cifar10.js';
import { csv, visa } from './csv.js';
import { kolektorSdd, kolektorSdd2 } from './kolektor.js';
import { plain } from './plain.js';
import type { Reader } from './reader.js';
import { uniadJson } from './uniad-json.js';

/** Of the readers that match a folder the first one reads it. */
export const readers: readonly Reader[] = [
  cifar10,
  visa,
  uniadJson,
  mvtecAd2,
  mvtecLoco,
  btad,
  mvtec,
  kolektorSdd,
  kolektorSdd2,
  csv,
  plain,
];
