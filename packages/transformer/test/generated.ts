import type { NamedTensor } from '@uniad/nn';

// Jest intercepts every access of a global in a test's context; a local is an order of magnitude faster.
const { imul } = Math;

/** Numbers in [-1, 1) that follow from a name: FNV-1a, then mulberry32. The script in `reference` makes the same ones. */
export function uniform(name: string, n: number): Float64Array {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(name)) hash = imul(hash ^ byte, 0x01000193);
  return Float64Array.from({ length: n }, (_, i) => {
    const a = (hash + imul(i + 1, 0x6d2b79f5)) | 0;
    let t = imul(a ^ (a >>> 15), a | 1);
    t ^= t + imul(t ^ (t >>> 7), t | 61);
    return (((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * 2 - 1;
  });
}

/** The value of the parameter of that name. */
export function generatedParameter(name: string, shape: readonly number[]): NamedTensor {
  const u = uniform(
    name,
    shape.reduce((product, side) => product * side, 1),
  );
  const bound = Math.sqrt(3 / shape.slice(1).reduce((product, side) => product * side, 1));
  const data = Float32Array.from(u, (u) => {
    if (shape.length === 1) return name.endsWith('weight') ? 1 + 0.1 * u : 0.1 * u;
    return name.includes('embed') ? u : u * bound;
  });
  return { shape, data };
}
