export * from './browser.js';
export { download, sha256OfFile, type DownloadOptions } from './download.js';
