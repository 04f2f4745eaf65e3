/** A value that a function of this package cannot take. */
export class ArgumentError extends Error {
  override readonly name = 'ArgumentError';
}
