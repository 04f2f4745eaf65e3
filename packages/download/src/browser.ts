export { DownloadError, InterruptedDownload } from './error.js';
export type { DownloadEvent } from './events.js';
export { checkSha256, checkSize, chunksOf, contentLength, request, statusError, type Fetch } from './response.js';
