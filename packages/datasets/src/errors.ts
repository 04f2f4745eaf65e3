/** A folder that is not laid out as expected, or an option that a reader cannot take. */
export class DatasetError extends Error {
  override readonly name = 'DatasetError';
}

/** A picture that cannot be read or decoded; the message names it. */
export class PictureError extends Error {
  override readonly name = 'PictureError';

  constructor(
    /** The file, or what was given in its place. */
    readonly picture: string,
    reason: string,
    options?: ErrorOptions,
  ) {
    super(`Cannot read ${picture}: ${reason}`, options);
  }
}
