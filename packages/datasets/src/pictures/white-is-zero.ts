const photometricInterpretation = 262;

/** Whether a TIFF says that 0 is white, which libvips does not tell; false for whatever cannot be read. */
export function isWhiteZero(bytes: Buffer): boolean {
  const littleEndian = bytes[0] === 0x49;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const short = (at: number): number => view.getUint16(at, littleEndian);
  const offset = (at: number, wide: boolean): number =>
    wide ? Number(view.getBigUint64(at, littleEndian)) : view.getUint32(at, littleEndian);
  try {
    const isBig = short(2) === 43; // BigTIFF
    const [first, countBytes, entryBytes] = isBig ? [offset(8, true), 8, 20] : [offset(4, false), 2, 12];
    const count = isBig ? offset(first, true) : short(first);
    for (let entry = 0; entry < Math.min(count, 4096); entry++) {
      const at = first + countBytes + entry * entryBytes;
      if (short(at) === photometricInterpretation) return short(at + (isBig ? 12 : 8)) === 0;
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error; // past the end: the decoder says what is wrong
  }
  return false;
}
