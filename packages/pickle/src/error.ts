/** A pickle, or a file of PyTorch, that cannot be read, or that asks for something to be run. */
export class PickleError extends Error {
  override readonly name = 'PickleError';
}
