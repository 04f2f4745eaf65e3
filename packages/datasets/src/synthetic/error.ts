/** Thrown by the generator for options it cannot follow and for an output folder it must not touch. */
export class SyntheticError extends Error {
  override readonly name = 'SyntheticError';
}
