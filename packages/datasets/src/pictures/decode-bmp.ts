import { decode } from '@cwasm/nsbmp';
import type { Picture } from './picture.js';

export interface BmpHeader {
  readonly width: number;
  readonly height: number;
  readonly bits: number;
  readonly compression: number; // 0 none, 1 and 2 run lengths, 3 none with bit masks
  readonly greenBits: number; // of 16
  /** Where the palette starts and how many bytes an entry takes. */
  readonly palette: { readonly start: number; readonly stride: number; readonly end: number };
}

/** Reads the header, and refuses a file that is shorter than it promises: the decoder would take memory first. */
export function bmpHeader(bytes: Buffer): BmpHeader {
  const truncated = (): Error => new Error(`the file is truncated: it has ${bytes.length} bytes`);
  if (bytes.length < 26) throw truncated();
  const start = bytes.readUInt32LE(10);
  const size = bytes.readUInt32LE(14);
  const isCore = size === 12; // of OS/2: 16-bit sizes and palette entries of 3 bytes
  if (!isCore && size < 40) throw new Error(`expected a BMP header of 12 or at least 40 bytes but it has ${size}`);
  if (!isCore && bytes.length < 14 + size) throw truncated();
  const width = isCore ? bytes.readUInt16LE(18) : bytes.readInt32LE(18);
  const height = isCore ? bytes.readUInt16LE(20) : Math.abs(bytes.readInt32LE(22)); // negative is top down
  const bits = bytes.readUInt16LE(isCore ? 24 : 28);
  const compression = isCore ? 0 : bytes.readUInt32LE(30);
  if (width < 1 || height < 1) throw new Error(`expected a size above 0 but it has ${width} x ${height}`);
  const isPacked = compression === 1 || compression === 2;
  const stored = isPacked ? bytes.readUInt32LE(34) : Math.ceil((width * bits) / 32) * 4 * height;
  if (start + stored > bytes.length) throw truncated();
  const greenBits = compression === 3 && bytes.length >= 62 && bytes.readUInt32LE(58) === 0x7e0 ? 6 : 5;
  return {
    width,
    height,
    bits,
    compression,
    greenBits,
    palette: { start: 14 + size, stride: isCore ? 3 : 4, end: start },
  };
}

/** Decodes a BMP whose header was read, and thereby checked, to 8-bit RGB. */
export function decodeBmp(bytes: Buffer, { bits, compression, greenBits }: BmpHeader): Picture {
  const { width, height, data } = decodeOrExplain(bytes, compression);
  const rgb = new Uint8Array(width * height * 3);
  for (let source = 0, target = 0; target < rgb.length; source += 4) {
    rgb[target++] = data[source]!;
    rgb[target++] = data[source + 1]!;
    rgb[target++] = data[source + 2]!;
  }
  if (bits === 16) spreadFiveBits(rgb, greenBits);
  return { width, height, data: rgb };
}

function decodeOrExplain(bytes: Buffer, compression: number): ReturnType<typeof decode> {
  try {
    return decode(bytes);
  } catch (error) {
    const advice = compression === 0 ? '' : `; save it without compression (it has ${compression})`;
    throw new Error(`its BMP data is damaged or of a kind that is not read${advice}`, { cause: error });
  }
}

/** The decoder leaves the low bits 0, so that white would be 248. */
function spreadFiveBits(rgb: Uint8Array, greenBits: number): void {
  for (let i = 0; i < rgb.length; i++) rgb[i]! |= rgb[i]! >> (i % 3 === 1 ? greenBits : 5);
}
