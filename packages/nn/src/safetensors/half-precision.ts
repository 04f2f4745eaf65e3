/** 16-bit floats (IEEE binary16) widened. */
export function float16ToFloat32(words: Uint16Array): Float32Array {
  const values = new Float32Array(words.length);
  for (let i = 0; i < words.length; i++) values[i] = fromFloat16(words[i]!);
  return values;
}

function fromFloat16(word: number): number {
  const sign = word & 0x8000 ? -1 : 1;
  const exponent = (word >> 10) & 0x1f;
  const fraction = word & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** The upper halves of 32-bit floats (bfloat16) widened. */
export function bfloat16ToFloat32(words: Uint16Array): Float32Array {
  const bits = new Uint32Array(words.length);
  for (let i = 0; i < words.length; i++) bits[i] = words[i]! << 16;
  return new Float32Array(bits.buffer);
}

/** The largest number that a 16-bit float can hold; from 65520 on, numbers round to infinity. */
export const LARGEST_FLOAT16 = 65504;

const single = new Float32Array(1);
const bits = new Uint32Array(single.buffer);

/** Rounds to the nearest 16-bit float, ties to even. */
function toFloat16(value: number): number {
  single[0] = value;
  const word = bits[0]!;
  const sign = (word >>> 16) & 0x8000;
  const magnitude = word & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00; // NaN
  if (magnitude >= 0x477ff000) return sign | 0x7c00; // From 65520 on.
  if (magnitude < 0x38800000) {
    // Below 2^-14 the steps are of 2^-24.
    const steps = Math.abs(value) * 2 ** 24;
    const floor = Math.floor(steps);
    const half = steps - floor;
    return sign | (half > 0.5 || (half === 0.5 && floor % 2 === 1) ? floor + 1 : floor);
  }
  const rounded = magnitude + 0xfff + ((magnitude >>> 13) & 1);
  return sign | ((rounded - 0x38000000) >>> 13);
}

/** 32-bit floats narrowed to IEEE binary16. */
export function float32ToFloat16(values: Float32Array): Uint16Array {
  const words = new Uint16Array(values.length);
  for (let i = 0; i < values.length; i++) words[i] = toFloat16(values[i]!);
  return words;
}
