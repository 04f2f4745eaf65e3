import type { Size } from '../methods/shared-config.js';

/** Fields of a TIFF's directory: tag, type (3: 16 bit, 4: 32 bit), value. All that a reader of a one-strip picture needs. */
const fields = (
  [height, width]: Size,
  data: number,
): readonly (readonly [tag: number, type: 3 | 4, value: number])[] => [
  [256, 4, width],
  [257, 4, height],
  [258, 3, 32], // Bits a sample.
  [259, 3, 1], // No compression.
  [262, 3, 1], // Black is zero.
  [273, 4, data], // Where the strip starts.
  [277, 3, 1], // Samples a pixel.
  [278, 4, height], // Rows in the strip.
  [279, 4, height * width * 4], // Bytes of it.
  [339, 3, 3], // Samples are IEEE floating point numbers.
];

/**
 * A map's own values as a TIFF of 32-bit floating point numbers, for other programs: unlike a picture's 8 or 16 bits they
 * need no scale. sharp cannot write them without taking them for colours, and changing them.
 *
 * @param map `[height, width]` of `size`
 */
export function encodeRawMap(map: Float32Array, size: Size): Buffer {
  if (map.length !== size[0] * size[1])
    throw new RangeError(`Expected ${size[0]} x ${size[1]} map values but received ${map.length}`);
  const count = fields(size, 0).length;
  const data = 8 + 2 + 12 * count + 4;
  const file = Buffer.alloc(data + 4 * map.length);
  file.write('II*\0', 'latin1'); // Little endian.
  file.writeUInt32LE(8, 4);
  file.writeUInt16LE(count, 8);
  fields(size, data).forEach(([tag, type, value], i) => {
    const at = 10 + 12 * i;
    file.writeUInt16LE(tag, at);
    file.writeUInt16LE(type, at + 2);
    file.writeUInt32LE(1, at + 4);
    file.writeUInt32LE(value, at + 8);
  });
  map.forEach((value, i) => file.writeFloatLE(value, data + 4 * i));
  return file;
}
