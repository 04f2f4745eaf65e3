import { blur } from './blur.js';

const { abs, max, min, round } = Math;

/** Least difference, of 255, that an eye sees. */
const VISIBLE = 9;

/** Marks where two square pictures (3 values a pixel, 0 .. 255) visibly differ, as whole areas rather than specks. */
export function visibleChange(before: Float32Array, after: Float32Array, size: number): Uint8Array {
  const change = new Float32Array(size * size);
  for (let i = 0; i < change.length; i++) {
    for (let c = 3 * i; c < 3 * i + 3; c++) change[i] = max(change[i]!, abs(after[c]! - before[c]!));
  }
  // A little blur first, or the outline follows every grain.
  const smooth = blur(change, size, max(1, round(size / 256)));
  const mask = new Uint8Array(size * size);
  for (let i = 0; i < mask.length; i++) mask[i] = smooth[i]! >= VISIBLE ? 1 : 0;
  const reach = max(1, round(size / 128));
  const closed = flip(grow(flip(grow(mask, size, reach)), size, reach));
  dropAreas(closed, size, 0, (size * size) / 150);
  dropAreas(closed, size, 1, (size * size) / 4000);
  return closed;
}

/** Widens the marked areas by a square of 2 * reach + 1 pixels. */
function grow(mask: Uint8Array, size: number, reach: number): Uint8Array {
  return growRows(growRows(mask, size, reach), size, reach);
}

/** Along rows, written as columns. */
function growRows(mask: Uint8Array, size: number, reach: number): Uint8Array {
  const out = new Uint8Array(mask.length);
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      if (!mask[row * size + column]) continue;
      for (let k = max(0, column - reach); k <= min(size - 1, column + reach); k++) out[k * size + row] = 1;
    }
  }
  return out;
}

function flip(mask: Uint8Array): Uint8Array {
  return mask.map((marked) => 1 - marked);
}

/** Flips connected areas of `value` below `least` pixels: holes for 0, specks for 1. */
function dropAreas(mask: Uint8Array, size: number, value: 0 | 1, least: number): void {
  const seen = new Uint8Array(mask.length);
  for (let start = 0; start < mask.length; start++) {
    if (seen[start] || mask[start] !== value) continue;
    const area = [start];
    seen[start] = 1;
    for (let k = 0; k < area.length; k++) {
      const i = area[k]!;
      const column = i % size;
      for (let way = 0; way < 4; way++) {
        if ((way === 0 && column === 0) || (way === 1 && column === size - 1)) continue;
        const next = i + (way === 0 ? -1 : way === 1 ? 1 : way === 2 ? -size : size);
        if (next < 0 || next >= mask.length || seen[next] || mask[next] !== value) continue;
        seen[next] = 1;
        area.push(next);
      }
    }
    if (area.length < least) for (const i of area) mask[i] = 1 - value;
  }
}
