import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { download, DownloadError, sha256OfFile, type DownloadEvent, type Fetch } from '@uniad/download';
import { defaultCache } from '../cache-folder.js';
import { DatasetError } from '../errors.js';
import { refuseUnknownOptions, requireCount } from '../options.js';

/** Which file is expected, where it goes, who is told, and what stops it. */
export interface DownloadArchiveOptions {
  /** Checksum of the file, 64 hexadecimal digits: what else lies at the address is refused. */
  readonly sha256: string;
  /** The file that is written; by default one of the address's name in the cache. */
  readonly file?: string | undefined;
  /** Where files are kept, below `downloads`; UNIAD_CACHE or `~/.cache/uniad` by default. */
  readonly cache?: string | undefined;
  /** Largest file taken; 64 GiB by default. */
  readonly maxBytes?: number | undefined;
  /** Told while the file is downloaded, and of each new try. */
  readonly onDownload?: ((event: DownloadEvent) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** In place of the global one. */
  readonly fetch?: Fetch | undefined;
}

/**
 * Downloads an archive of pictures, once: what lies there already with this checksum is not fetched again, and what an interrupted
 * run left is gone on with. Over HTTPS alone, but from this machine itself; the file appears only once it is whole and checked.
 *
 * @returns where it is
 * @throws DatasetError for an address that is not secure or leads to one, a file that is not there, is too large, or has another
 *   checksum; the signal's reason when aborted
 */
export async function downloadArchive(url: string, options: DownloadArchiveOptions): Promise<string> {
  refuseUnknownOptions(options, ['sha256', 'file', 'cache', 'maxBytes', 'onDownload', 'signal', 'fetch']);
  const { sha256, cache = defaultCache, maxBytes = 64 * 2 ** 30, onDownload, signal, fetch } = options;
  if (typeof sha256 !== 'string' || !/^[0-9a-f]{64}$/i.test(sha256))
    throw new DatasetError(`Expected 64 hexadecimal digits for sha256 but received ${JSON.stringify(sha256)}`);
  requireCount(maxBytes, 'maxBytes');
  const digest = sha256.toLowerCase();
  const file = options.file ?? join(cache, 'downloads', digest.slice(0, 16), nameIn(url));
  const there = await stat(file).catch(() => undefined);
  if (there?.isDirectory()) throw new DatasetError(`Expected a file at ${file} but found a folder`);
  if (there && (await sha256OfFile(file)) === digest) return file;
  try {
    await download(url, file, { sha256: digest, maxBytes, progress: onDownload, signal, fetch });
  } catch (error) {
    throw error instanceof DownloadError ? new DatasetError(error.message, { cause: error }) : error;
  }
  return file;
}

/** The last name in an address's path, made one that every system takes. */
function nameIn(url: string): string {
  const path = URL.canParse(url) ? new URL(url).pathname : '';
  const name = path
    .split('/')
    .at(-1)!
    .replaceAll(/%[0-9a-f]{2}|[^\w.-]/gi, '_')
    .replace(/^\.+/, '');
  return name.slice(-100) || 'download';
}
