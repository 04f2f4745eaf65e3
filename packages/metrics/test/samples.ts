/** A seeded stream of numbers in [0, 1) (mulberry32), so that a failing property test fails again. */
export function seededUniform(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The stream in [-1, 1) that the golden maps are generated from: seeded with the FNV-1a hash of a name. */
export function namedUniform(name: string, length: number): Float64Array {
  const hash = [...name].reduce((state, letter) => Math.imul(state ^ letter.charCodeAt(0), 0x01000193), 0x811c9dc5);
  const uniform = seededUniform(hash);
  return Float64Array.from({ length }, () => uniform() * 2 - 1);
}

export interface Samples {
  readonly scores: Float32Array;
  readonly labels: Uint8Array;
}

/** Random scores on `levels` levels (few levels, many ties), with both labels present. */
export function randomSamples(uniform: () => number, length: number, levels: number): Samples {
  const labels = Uint8Array.from({ length }, (_, i) => (i < 2 ? i : Number(uniform() < 0.3)));
  const scores = Float32Array.from(labels, (label) => Math.floor((uniform() * 2 - 1 + label * 0.3) * levels) / levels);
  return { scores, labels };
}
