import type { DecodeOptions, Extent, Picture, PictureLimits, Size } from './pictures/picture.js';

/** How a mask is read. */
export interface MaskOptions {
  readonly limits?: PictureLimits;
  /** Told by name of a mask that marks nothing or everything, or does not fit its picture; `console.warn` by default. */
  readonly onWarning?: (message: string) => void;
}

/** One picture of a dataset; it gives its content when asked. */
export interface Sample {
  /** Unique in the dataset, with slashes: `screw/test/scratch/000.png`. */
  readonly id: string;
  readonly category: string;
  readonly split: 'train' | 'test';
  /** `good`, or the kind of defect. */
  readonly defect: string;
  readonly anomalous: boolean;
  /** Absolute path of the file, for messages and results; a record within a file is `FILE#INDEX`. */
  readonly path: string;
  /** Whether {@link mask} gives one. A good picture always has: it marks nothing. */
  readonly hasMask: boolean;
  /**
   * The bytes that identify the picture: the file's, or the record's.
   *
   * @throws PictureError when they cannot be read or are more than the limit
   */
  content(): Promise<Uint8Array>;
  /** @throws PictureError naming a picture that cannot be decoded, DatasetError for options that cannot be */
  picture(options?: DecodeOptions): Promise<Picture>;
  /**
   * 1 where the defect is and 0 elsewhere, `[height, width]`; undefined for an anomalous picture without a mask.
   *
   * @throws PictureError naming a picture or mask that cannot be decoded
   */
  mask(size: Size, options?: MaskOptions): Promise<Uint8Array | undefined>;
  /** For `measureRange`: the values of a picture of more than 8 bits a channel, undefined for any other. */
  extent?(limits?: PictureLimits): Promise<Extent | undefined>;
}

/** One kind of part; samples are in natural order of their names. */
export interface Category {
  readonly name: string;
  /** Good pictures to learn from. */
  readonly train: readonly Sample[];
  readonly test: readonly Sample[];
}

/** What was found and not used, told together where the reason is the same. */
export interface LeftOut {
  /** As `pictures`, `files` or `masks`. */
  readonly what: string;
  /** A reason that goes on after a colon. */
  readonly why: string;
  readonly count: number;
  /** The first few, by their names below the folder. */
  readonly examples: readonly string[];
}

/** Pictures by category, in natural order of the categories' names. */
export interface Dataset {
  /** The reader that knew the folder, such as `mvtec`; of several folders, all of theirs: `mvtec + visa`. */
  readonly layout: string;
  readonly categories: readonly Category[];
  readonly leftOut: readonly LeftOut[];
}
