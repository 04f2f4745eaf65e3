/** Weights that cannot be found, downloaded, verified or read. */
export class WeightsError extends Error {
  override readonly name = 'WeightsError';
}
