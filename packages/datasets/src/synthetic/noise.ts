const { cos, floor, imul, PI, sin, sqrt, SQRT2 } = Math;

/** A number in [-1, 1] for every place of the plane. */
export type Noise = (x: number, y: number) => number;

/** Smooth value noise whose features are about one unit wide. */
export function noise(seed: number): Noise {
  return (x, y) => {
    const column = floor(x);
    const row = floor(y);
    const u = ease(x - column);
    const v = ease(y - row);
    const top = lattice(column, row, seed) * (1 - u) + lattice(column + 1, row, seed) * u;
    const bottom = lattice(column, row + 1, seed) * (1 - u) + lattice(column + 1, row + 1, seed) * u;
    return top * (1 - v) + bottom * v;
  };
}

/** Noise with detail: each octave is twice as fine and half as strong. */
export function fractalNoise(seed: number, octaves: number): Noise {
  const layers = Array.from({ length: octaves }, (_, i) => noise(seed + imul(i, 0x632be5ab)));
  const total = 2 - 2 ** (1 - octaves);
  return (x, y) => {
    let sum = 0;
    let scale = 1;
    for (const layer of layers) {
      // Shifted octaves: otherwise their lattices meet at the origin and show as a grid.
      sum += layer(x * scale + scale * 3.7, y * scale - scale * 1.3) / scale;
      scale *= 2;
    }
    return sum / total;
  };
}

/** Gradient noise (Perlin 2002): 0 on whole numbers, its features about one unit wide; in [-1, 1]. */
export function perlin(seed: number): Noise {
  return (x, y) => {
    const [column, row] = [floor(x), floor(y)];
    const [dx, dy] = [x - column, y - row];
    const slope = (i: number, j: number) => {
      const angle = PI * lattice(column + i, row + j, seed);
      return cos(angle) * (dx - i) + sin(angle) * (dy - j);
    };
    const [u, v] = [ease(dx), ease(dy)];
    const top = slope(0, 0) * (1 - u) + slope(1, 0) * u;
    const bottom = slope(0, 1) * (1 - u) + slope(1, 1) * u;
    return SQRT2 * (top * (1 - v) + bottom * v); // slopes alone reach the square root of a half
  };
}

/** White noise on whole numbers, in [-1, 1]. */
export function lattice(x: number, y: number, seed: number): number {
  let h = imul(x, 0x27d4eb2d) ^ imul(y, 0x165667b1) ^ seed;
  h = imul(h ^ (h >>> 15), 0x85ebca6b);
  h = imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) / 2 ** 31;
}

/** Distance to the nearest of a jittered grid of points and the second nearest, as `[nearest, second]` (Worley). */
export function cells(seed: number): (x: number, y: number, out: Float64Array) => void {
  return (x, y, out) => {
    const column = floor(x);
    const row = floor(y);
    let nearest = 9;
    let second = 9;
    for (let j = row - 1; j <= row + 1; j++) {
      for (let i = column - 1; i <= column + 1; i++) {
        const dx = i + 0.5 + 0.42 * lattice(i, j, seed) - x;
        const dy = j + 0.5 + 0.42 * lattice(j, i, seed + 1) - y;
        const square = dx * dx + dy * dy;
        if (square < nearest) {
          second = nearest;
          nearest = square;
        } else if (square < second) second = square;
      }
    }
    out[0] = sqrt(nearest);
    out[1] = sqrt(second);
  };
}

function ease(t: number): number {
  return t * t * t * (t * (t * 6 - 15) + 10);
}
