import { crc32 } from 'node:zlib';
import { openPromise, type Entry, type ZipFile } from 'yauzl';
import type { ReadArchiveOptions, Visit } from './entry.js';

/** Of the upper half of the external attributes, where the zip was made on Unix. */
const TYPE_BITS = 0o170000;
const kinds: Readonly<Record<number, string>> = {
  0o010000: 'pipe',
  0o020000: 'device',
  0o060000: 'device',
  0o120000: 'symbolic link',
  0o140000: 'socket',
};

/** Reads a zip entry by entry; a damaged or cut off one is an error. */
export async function readZip(path: string, visit: Visit, { onBytes, signal }: ReadArchiveOptions): Promise<void> {
  const zip = await openPromise(path, { lazyEntries: true, autoClose: false, validateEntrySizes: true });
  try {
    for await (const entry of zip.eachEntry()) {
      signal?.throwIfAborted();
      if (entry.isEncrypted()) throw new Error(`expected ${entry.fileName} as it is but it is encrypted`);
      await visit({ name: entry.fileName, kind: kindOf(entry), content: contentOf(zip, entry) });
      onBytes(entry.compressedSize);
    }
  } finally {
    zip.close();
  }
}

function kindOf({ fileName, externalFileAttributes }: Entry): string {
  const special = kinds[(externalFileAttributes >>> 16) & TYPE_BITS];
  return special ?? (fileName.endsWith('/') ? 'folder' : 'file');
}

async function* contentOf(zip: ZipFile, entry: Entry): AsyncGenerator<Uint8Array> {
  let checksum = 0;
  for await (const chunk of (await zip.openReadStreamPromise(entry)) as AsyncIterable<Buffer>) {
    checksum = crc32(chunk, checksum);
    yield chunk;
  }
  if (checksum !== entry.crc32) throw new Error(`expected the checksum of ${entry.fileName} but it is damaged`);
}
