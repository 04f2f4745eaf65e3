/** A decoded picture, 8 bits a channel. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  /** Red, green, blue, row by row: `[height, width, 3]`. */
  readonly data: Uint8Array;
}

/** Height and width in pixels. */
export type Size = readonly [height: number, width: number];

/** The values that become black and white in a picture of more than 8 bits a channel. */
export type ValueRange = readonly [low: number, high: number];

/** What a picture may cost; both are checked before memory is taken. */
export interface PictureLimits {
  /** 100 million by default, 300 MB once decoded. */
  readonly maxPixels?: number;
  /** Of the file; 256 MiB by default. */
  readonly maxBytes?: number;
}

/** What a picture may cost where nothing else is said. */
export const defaultLimits: Required<PictureLimits> = { maxPixels: 100e6, maxBytes: 256 * 2 ** 20 };

/** How a picture file is decoded. */
export interface DecodeOptions {
  readonly limits?: PictureLimits;
  /**
   * Taken for black and white where a channel has more than 8 bits, as `measureRange` gives it for a whole set.
   *
   * Without it 16-bit pictures are read from 0 to 65535, and each floating-point picture from its own smallest value
   * to its own largest, so that two of them cannot be compared. Pictures of 8 bits are never scaled.
   */
  readonly range?: ValueRange;
}

/** Smallest and largest value that a picture holds. */
export interface Extent {
  readonly isWhole: boolean;
  readonly low: number;
  readonly high: number;
}
