import { DownloadError } from '@uniad/download';

/** Weights that cannot be found, downloaded, verified or read. */
export class WeightsError extends Error {
  override readonly name = 'WeightsError';
}

/** What fails in a download is told as a failure of the weights. */
export async function inWeightsErrors<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof DownloadError ? new WeightsError(error.message, { cause: error }) : error;
  }
}
