type Values = Uint8Array | Uint16Array | Int32Array | Float32Array;

interface TiffOptions {
  readonly channels?: 1 | 3;
  /** 0 is white, where there is one channel. */
  readonly isWhiteZero?: boolean;
  readonly bigEndian?: boolean;
  readonly isBig?: boolean;
}

/** An uncompressed TIFF, or BigTIFF, of values `[height, width, channels]` as they are. */
export function tiff(width: number, values: Values, options: TiffOptions = {}): Buffer {
  const { channels = 1, isWhiteZero = false, bigEndian = false, isBig = false } = options;
  const height = values.length / width / channels;
  const bits = values.BYTES_PER_ELEMENT * 8;
  const sampleFormat = { Float32Array: 3, Int32Array: 2 }[values.constructor.name] ?? 1;
  const photometric = channels === 3 ? 2 : isWhiteZero ? 0 : 1;
  const tags: (readonly [tag: number, value: number])[] = [
    [256, width],
    [257, height],
    [258, bits],
    [259, 1],
    [262, photometric],
    [273, 0], // where the pixels start, set below
    [277, channels],
    [278, height],
    [279, values.byteLength],
    [339, sampleFormat],
  ];
  const entryBytes = isBig ? 20 : 12;
  const first = isBig ? 16 : 8;
  const perChannel = first + (isBig ? 8 : 2) + tags.length * entryBytes + (isBig ? 8 : 4);
  const start = perChannel + 16;
  const file = Buffer.alloc(start + values.byteLength);
  const view = new DataView(file.buffer, file.byteOffset);
  const little = !bigEndian;
  const long = (at: number, value: number): void =>
    isBig ? view.setBigUint64(at, BigInt(value), little) : view.setUint32(at, value, little);
  file.write(bigEndian ? 'MM' : 'II', 0, 'latin1');
  view.setUint16(2, isBig ? 43 : 42, little);
  if (isBig) view.setUint16(4, 8, little);
  long(isBig ? 8 : 4, first);
  if (isBig) long(first, tags.length);
  else view.setUint16(first, tags.length, little);
  for (const [i, [tag, given]] of tags.entries()) {
    const at = first + (isBig ? 8 : 2) + i * entryBytes;
    const isPerChannel = channels === 3 && (tag === 258 || tag === 339);
    view.setUint16(at, tag, little);
    view.setUint16(at + 2, isPerChannel || tag === 262 ? 3 : 4, little);
    long(at + 4, isPerChannel ? 3 : 1);
    const value = at + (isBig ? 12 : 8);
    if (tag === 262) view.setUint16(value, given, little);
    else if (!isPerChannel) long(value, tag === 273 ? start : given);
    else if (isBig) for (let k = 0; k < 3; k++) view.setUint16(value + 2 * k, given, little);
    else {
      const stored = perChannel + (tag === 258 ? 0 : 8);
      long(value, stored);
      for (let k = 0; k < 3; k++) view.setUint16(stored + 2 * k, given, little);
    }
  }
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  file.set(bytes, start);
  const pixels = file.subarray(start);
  if (bigEndian && bits === 16) pixels.swap16();
  if (bigEndian && bits === 32) pixels.swap32();
  return file;
}
