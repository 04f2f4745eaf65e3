import * as tf from '@tensorflow/tfjs';
import type { Generator } from '@uniad/nn';
import type { Compile, CompiledFunction } from '../../device/device.js';
import { distancesTo, nearestDistances } from './nearest-distances.js';

/** Points that are looked at between two passes over all of them. */
const POOL = 2048;

/** Points whose distances are brought up to date at once. */
const CHUNK = 8192;

/** Says that a point is a center already: less than every distance. */
const CHOSEN = -1;

export interface CoresetOptions {
  /** Of a point. */
  readonly channels: number;
  /** How many to choose. */
  readonly size: number;
  /** Draws the first one. */
  readonly generator: Generator;
  readonly compile: Compile;
  readonly signal?: AbortSignal | undefined;
  readonly onChosen?: (chosen: number) => void;
}

/**
 * Chooses points so that none is far from a chosen one: each is the farthest from those before (greedy k-center, algorithm 1).
 *
 * A new center can only bring points closer, so a distance that was measured before it came is a bound. The pool holds the points
 * of the largest bounds and knows all distances among them: as long as its farthest is beyond every bound outside, that is the
 * farthest of all, and then one product brings all points up to date with many centers.
 *
 * @param points `[points, channels]`
 * @returns their indices, in the order of choice
 * @throws the signal's reason when it is aborted
 */
export async function chooseCoreset(
  points: Float32Array,
  { channels, size, generator, compile, signal, onChosen }: CoresetOptions,
): Promise<Uint32Array> {
  const count = points.length / channels;
  const bounds = new Float32Array(count).fill(Infinity);
  const chosen = new Uint32Array(size);
  chosen[0] = generator.integer(count);
  const nearest = compile((rows, centers) => [nearestDistances(rows as tf.Tensor2D, centers as tf.Tensor2D)]);
  const pairwise = compile((rows) => [distancesTo(rows as tf.Tensor2D, rows as tf.Tensor2D)]);
  try {
    for (let done = 1, applied = 0; done < size; onChosen?.(done)) {
      signal?.throwIfAborted();
      await applyCenters(bounds, points, channels, chosen.subarray(applied, done), nearest);
      applied = done;
      const { pool, beyond } = farthest(bounds);
      const among = await run(pairwise, [gather(points, channels, pool)], channels); // [pool, pool]
      const distances = Float32Array.from(pool, (index) => bounds[index]!);
      while (done < size) {
        const best = argMax(distances);
        if (distances[best]! < beyond) break;
        chosen[done++] = pool[best]!;
        const row = best * pool.length;
        for (let i = 0; i < pool.length; i++) if (among[row + i]! < distances[i]!) distances[i] = among[row + i]!;
        distances[best] = CHOSEN;
      }
    }
    return chosen;
  } finally {
    nearest.dispose();
    pairwise.dispose();
  }
}

/** Brings all bounds up to date with some centers. */
async function applyCenters(
  bounds: Float32Array,
  points: Float32Array,
  channels: number,
  centers: Uint32Array,
  nearest: CompiledFunction,
): Promise<void> {
  // A device that compiles does so for each number of rows: the centers are filled up to a power of two by the last one.
  const filled = new Uint32Array(2 ** Math.ceil(Math.log2(centers.length))).fill(centers.at(-1)!);
  filled.set(centers);
  const rows = gather(points, channels, filled);
  const chunk = Math.min(CHUNK, bounds.length);
  for (let start = 0; start < bounds.length; start += chunk) {
    const from = Math.min(start, bounds.length - chunk); // The last chunk overlaps the one before.
    const part = points.subarray(from * channels, (from + chunk) * channels);
    const distances = await run(nearest, [part, rows], channels);
    for (let i = 0; i < chunk; i++) if (distances[i]! < bounds[from + i]!) bounds[from + i] = distances[i]!;
  }
  for (const center of centers) bounds[center] = CHOSEN;
}

/** The points of the largest bounds, and what no bound outside of them exceeds. */
function farthest(bounds: Float32Array): { pool: Uint32Array; beyond: number } {
  if (bounds.length <= POOL) return { pool: Uint32Array.from(bounds, (_, index) => index), beyond: 0 };
  const least = bounds.slice().sort()[bounds.length - POOL]!;
  const pool = new Uint32Array(POOL);
  let size = 0;
  for (let i = 0; i < bounds.length; i++) if (bounds[i]! > least) pool[size++] = i;
  for (let i = 0; size < POOL; i++) if (bounds[i] === least) pool[size++] = i;
  return { pool, beyond: Math.max(0, least) };
}

function argMax(values: Float32Array): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
  return best;
}

function gather(points: Float32Array, channels: number, indices: Uint32Array): Float32Array {
  const rows = new Float32Array(indices.length * channels);
  indices.forEach((index, i) => rows.set(points.subarray(index * channels, (index + 1) * channels), i * channels));
  return rows;
}

/** Runs a function of points, `[points, channels]` each. */
async function run(fn: CompiledFunction, points: readonly Float32Array[], channels: number): Promise<Float32Array> {
  const inputs = points.map((rows) => tf.tensor2d(rows, [rows.length / channels, channels]));
  const outputs = fn(...inputs);
  try {
    return (await outputs[0]!.data()) as Float32Array;
  } finally {
    tf.dispose([inputs, outputs]);
  }
}
