import { refuseUnknownOptions } from '../options.js';
import { kindNamed, syntheticKinds } from './kinds/index.js';
import { drawPicture, type SyntheticPicture } from './picture.js';
import { requireWhole } from './whole.js';

/** What a drawn data set holds. */
export interface SyntheticSetOptions {
  /** Default 0. */
  readonly seed?: number;
  /** Default all of `syntheticKinds`. */
  readonly kinds?: readonly string[];
  /** Good training pictures of each kind; default 60. */
  readonly train?: number;
  /** Test pictures of each kind, good and defective in turn, the kind's defects one after the other; default 40. */
  readonly test?: number;
  /** Width and height in pixels; default 256. */
  readonly size?: number;
}

/** A drawn picture and its place in the data set. */
export interface SyntheticSample extends SyntheticPicture {
  readonly category: string;
  readonly split: 'train' | 'test';
  /** Of the picture in its split: 0, 1, ... A set of more pictures starts with the pictures of a smaller one. */
  readonly index: number;
}

export const setOptionNames = ['seed', 'kinds', 'train', 'test', 'size'] as const;

/** How many pictures a set has. */
export function syntheticSetSize({ kinds = syntheticKinds, train = 60, test = 40 }: SyntheticSetOptions): number {
  return kinds.length * (train + test);
}

/**
 * Draws a set of industrial parts one picture at a time, each kind's training pictures before its test pictures.
 *
 * @throws DatasetError for an unknown kind or option, or a number out of range, before anything is drawn
 */
export function syntheticSet(options: SyntheticSetOptions = {}): Iterable<SyntheticSample> {
  refuseUnknownOptions(options, setOptionNames);
  const { seed = 0, kinds = syntheticKinds, train = 60, test = 40, size = 256 } = options;
  requireWhole(seed, 'seed', 0);
  requireWhole(train, 'train', 1);
  requireWhole(test, 'test', 0);
  requireWhole(size, 'size', 64, 2048);
  kinds.forEach(kindNamed);
  return { [Symbol.iterator]: () => samples({ seed, kinds, train, test, size }) };
}

function* samples({ seed, kinds, train, test, size }: Required<SyntheticSetOptions>): Generator<SyntheticSample> {
  for (const category of kinds) {
    const { defects } = kindNamed(category);
    // Even numbers to train with, odd ones to test with: no test picture is ever a training picture, whatever the counts.
    for (let index = 0; index < train; index++) {
      yield { category, split: 'train', ...drawPicture({ kind: category, seed, size, index: 2 * index }), index };
    }
    for (let index = 0; index < test; index++) {
      const picture = { kind: category, seed, size, index: 2 * index + 1 };
      const defect = defects[((index - 1) / 2) % defects.length]!;
      yield { category, split: 'test', ...drawPicture(index % 2 === 0 ? picture : { ...picture, defect }), index };
    }
  }
}
