/** A decoded picture, 8 bits a channel. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  /** Red, green, blue, row by row: `[height, width, 3]`. */
  readonly data: Uint8Array;
}

/** Height and width in pixels. */
export type Size = readonly [height: number, width: number];
