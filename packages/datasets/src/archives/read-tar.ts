import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { pipeline, Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { createGunzip } from 'node:zlib';
import { Parser, type ReadEntry } from 'tar';
import * as xz from 'xz-decompress';
import type { ReadArchiveOptions, Visit } from './entry.js';

/** How a tar is compressed. */
export type Compression = 'none' | 'gzip' | 'xz';

const kinds: Readonly<Record<string, string>> = {
  File: 'file',
  OldFile: 'file',
  ContiguousFile: 'file',
  Directory: 'folder',
  SymbolicLink: 'symbolic link',
  Link: 'hard link',
  CharacterDevice: 'device',
  BlockDevice: 'device',
  FIFO: 'pipe',
};

/** Reads a tar entry by entry; a damaged or cut off one is an error. */
export async function readTar(
  path: string,
  compression: Compression,
  visit: Visit,
  { onBytes, signal }: ReadArchiveOptions,
): Promise<void> {
  const failures: unknown[] = [];
  let current: ReadEntry | undefined;
  let visited = Promise.resolve();
  let isWhole = false;
  const parser = new Parser({
    strict: true, // What is damaged is an error rather than a warning.
    onReadEntry: (entry: ReadEntry) => {
      current = entry;
      entry.on('error', () => {}); // Whoever reads it is told.
      // The parser holds the next entry back until this one has been read to its end.
      visited = visited.then(async () => {
        if (failures.length > 0) return void entry.resume();
        const kind = kinds[entry.type] ?? entry.type;
        await visit({ name: entry.path, kind, content: entry }).catch((error: unknown) => failures.push(error));
        entry.resume();
      });
    },
  });
  parser.on('eof', () => (isWhole = true));
  parser.on('error', (error: unknown) => failures.push(error));
  try {
    for await (const chunk of decompressed(counted(path, onBytes), compression)) {
      signal?.throwIfAborted();
      const isFull = !parser.write(chunk);
      if (failures.length > 0) break;
      if (isFull) await once(parser, 'drain');
    }
    if (failures.length === 0) parser.end();
  } catch (error) {
    failures.push(error);
    current?.destroy(error); // Nothing more of it will come.
  }
  await visited;
  if (failures.length > 0) throw failures[0];
  if (!isWhole) throw new Error('expected the end of the tar but the file is cut off');
}

async function* counted(path: string, onBytes: (count: number) => void): AsyncGenerator<Buffer> {
  for await (const chunk of createReadStream(path, { highWaterMark: 2 ** 18 }) as AsyncIterable<Buffer>) {
    onBytes(chunk.length);
    yield chunk;
  }
}

function decompressed(input: AsyncIterable<Buffer>, compression: Compression): AsyncIterable<Buffer> {
  if (compression === 'none') return input;
  const source = Readable.from(input, { objectMode: false });
  // Whoever reads the last of the streams is told the errors of all.
  return compression === 'gzip' ? pipeline(source, createGunzip(), () => {}) : unpackXz(source);
}

// A CommonJS module: what Node calls its default has the names.
const { XzReadableStream } = 'default' in xz ? (xz.default as typeof xz) : xz;

async function* unpackXz(source: Readable): AsyncGenerator<Buffer> {
  const web = Readable.toWeb(source) as unknown as ConstructorParameters<typeof XzReadableStream>[0];
  const unpacked = new XzReadableStream(web) as unknown as ReadableStream<Uint8Array>;
  try {
    for await (const chunk of unpacked) yield Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  } catch (error) {
    if (source.errored) throw source.errored;
    throw new Error('expected xz but it is damaged or cut off', { cause: error });
  }
}
