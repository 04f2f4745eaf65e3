import { seededUniform } from '../src/random.js';

/** The stream in [-1, 1) that the golden maps are generated from: seeded with the FNV-1a hash of a name. */
export function namedUniform(name: string, length: number): Float64Array {
  const hash = [...name].reduce((state, letter) => Math.imul(state ^ letter.charCodeAt(0), 0x01000193), 0x811c9dc5);
  const uniform = seededUniform(hash);
  return Float64Array.from({ length }, () => uniform() * 2 - 1);
}

/** Scores on `levels` levels, those of anomalous samples higher by 0.3, as `golden.py` draws them. */
export function namedSamples(name: string, length: number, levels: number, rate: number): Samples {
  const labels = Uint8Array.from(namedUniform(`${name}.labels`, length), (u) => Number(u < 2 * rate - 1));
  const scores = namedUniform(`${name}.scores`, length).map(
    (u, i) => Math.floor((u + 0.3 * labels[i]!) * levels) / levels,
  );
  return { scores, labels };
}

export interface Samples {
  readonly scores: Float32Array | Float64Array;
  readonly labels: Uint8Array;
}

/** Random scores on `levels` levels (few levels, many ties), with both labels present. */
export function randomSamples(uniform: () => number, length: number, levels: number): Samples {
  const labels = Uint8Array.from({ length }, (_, i) => (i < 2 ? i : Number(uniform() < 0.3)));
  const scores = Float32Array.from(labels, (label) => Math.floor((uniform() * 2 - 1 + label * 0.3) * levels) / levels);
  return { scores, labels };
}

export interface MapWithMask {
  readonly map: Float32Array | Float64Array;
  readonly mask: Uint8Array;
  readonly size: readonly [number, number];
}

/** Random maps of different sizes, the first one good, all others with an anomalous and a normal pixel at least. */
export function randomMaps(uniform: () => number, count: number, levels: number, rate: number): MapWithMask[] {
  return Array.from({ length: count }, (_, index) => {
    const size = [5 + Math.floor(uniform() * 8), 4 + Math.floor(uniform() * 9)] as const;
    const mask = Uint8Array.from({ length: size[0] * size[1] }, (_, i) =>
      index === 0 ? 0 : i < 2 ? i : Number(uniform() < rate),
    );
    const map = Float32Array.from(mask, (label) => Math.floor((uniform() * 2 - 1 + 0.3 * label) * levels) / levels);
    return { map, mask, size };
  });
}

export function shuffled<T>(items: readonly T[], uniform: () => number): T[] {
  return items
    .map((item) => ({ item, key: uniform() }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item);
}
