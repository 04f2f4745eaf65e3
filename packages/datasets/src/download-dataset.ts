import { isArchiveName } from './archives/extract-archive.js';
import { downloadArchive, type DownloadArchiveOptions } from './archives/download-archive.js';
import type { Dataset } from './dataset.js';
import { DatasetError } from './errors.js';
import { openDataset, type OpenDatasetOptions } from './open-dataset.js';

/** Which archive is expected, and how it is read. */
export interface DownloadDatasetOptions extends DownloadArchiveOptions, OpenDatasetOptions {
  readonly cache?: string;
  readonly signal?: AbortSignal;
}

/**
 * Downloads an archive as {@link downloadArchive} does, extracts it into the cache and opens it as {@link openDataset} does; each
 * once.
 *
 * @throws DatasetError for what cannot be downloaded, extracted or read; the signal's reason when aborted
 */
export async function downloadDataset(url: string, options: DownloadDatasetOptions): Promise<Dataset> {
  const { sha256, file, maxBytes, onDownload, fetch, ...opening } = options;
  const { cache, signal } = opening;
  if (!isArchiveName(file ?? (URL.canParse(url) ? new URL(url).pathname : url)))
    throw new DatasetError(
      `Expected the address of a .tar, .tar.gz, .tar.xz or .zip, or a file of such a name, but received ${file ?? url}`,
    );
  const archive = await downloadArchive(url, { sha256, file, maxBytes, onDownload, fetch, cache, signal });
  return openDataset(archive, opening);
}
