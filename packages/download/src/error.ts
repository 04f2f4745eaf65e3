/** A file that cannot be downloaded, or is not the one that was expected. */
export class DownloadError extends Error {
  override readonly name: string = 'DownloadError';
}

/** A failure that may pass: a connection that broke off, or a server that is busy. */
export class InterruptedDownload extends DownloadError {}
