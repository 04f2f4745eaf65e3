import { crc32 } from 'node:zlib';
import { bmpHeader } from '../pictures/decode-bmp.js';
import type { PictureFile } from '../pictures/picture-file.js';

/** Red, green, blue and alpha. */
export type Colour = readonly [red: number, green: number, blue: number, alpha: number];

/** A file of palette indices: its palette, and the same file with a palette of greys, so that decoding gives the indices. */
export interface IndexedFile {
  readonly palette: readonly Colour[];
  readonly file: PictureFile;
}

/** @returns undefined for a file that holds colours or greys; decoders replace indices by colours, so this looks first */
export function indexedFile(file: PictureFile): IndexedFile | undefined {
  if (file.format === 'PNG') return indexedPng(file);
  if (file.format === 'BMP') return indexedBmp(file);
  return undefined;
}

function indexedPng({ bytes, format }: PictureFile): IndexedFile | undefined {
  if (bytes[25] !== 3) return undefined; // colour type
  const kept: Buffer[] = [bytes.subarray(0, 8)];
  let colours: Colour[] = [];
  for (let at = 8; at + 12 <= bytes.length;) {
    const length = bytes.readUInt32BE(at);
    const end = at + 12 + length;
    if (end > bytes.length) break; // truncated: the decoder says so
    const content = bytes.subarray(at + 8, end - 4);
    const type = bytes.toString('latin1', at + 4, at + 8);
    if (type === 'PLTE') {
      colours = Array.from({ length: Math.floor(length / 3) }, (_, i) => [
        ...content.subarray(3 * i, 3 * i + 3),
        255,
      ]) as unknown as Colour[];
      kept.push(greyPalette(colours.length));
    } else if (type === 'tRNS') {
      colours = colours.map(([red, green, blue], i) => [red, green, blue, content[i] ?? 255]);
    } else kept.push(bytes.subarray(at, end));
    at = end;
  }
  return { palette: colours, file: { bytes: Buffer.concat(kept), format } };
}

/** A palette chunk whose colour i is the grey i. */
function greyPalette(colours: number): Buffer {
  const chunk = Buffer.alloc(12 + 3 * colours);
  chunk.writeUInt32BE(3 * colours);
  chunk.write('PLTE', 4, 'latin1');
  for (let i = 0; i < colours; i++) chunk.fill(i, 8 + 3 * i, 11 + 3 * i);
  chunk.writeUInt32BE(crc32(chunk.subarray(4, -4)), chunk.length - 4);
  return chunk;
}

function indexedBmp({ bytes, format }: PictureFile): IndexedFile | undefined {
  const { bits, palette } = bmpHeader(bytes);
  if (bits > 8) return undefined;
  const grey = Buffer.from(bytes);
  const colours: Colour[] = [];
  for (let at = palette.start; at + palette.stride <= palette.end && colours.length < 2 ** bits; at += palette.stride) {
    const [blue, green, red] = bytes.subarray(at, at + 3);
    grey.fill(colours.length, at, at + 3);
    colours.push([red!, green!, blue!, 255]);
  }
  return { palette: colours, file: { bytes: grey, format } };
}
