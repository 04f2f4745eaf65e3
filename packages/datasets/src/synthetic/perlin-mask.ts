import { perlin } from './noise.js';

/** What draws a mask. */
export interface MaskRandom {
  /** A whole number from 0 to 2^32 - 1. */
  uint32(): number;
  /** A whole number from 0 to below another. */
  integer(below: number): number;
}

/** Finest and coarsest noise: lattice cells over a picture's side are a power of two up to 2^5. */
const LEVELS = 6;

/** Noise above it is defect. */
const LEVEL = 0.5;

/** Share of the picture: less is not seen once it is resized, more is no defect but another picture. */
const [LEAST_AREA, MOST_AREA] = [0.002, 0.3] as const;

/** Each drawing has the area wanted in about half of all cases. */
const ATTEMPTS = 50;

/**
 * Where an anomaly is pasted: places where Perlin noise of a random fineness along each axis is high (DRAEM, section 3.2; Zavrtanik et al.
 * 2021).
 *
 * @param random draws it; the same numbers give the same mask
 * @returns 1 where it is, 0 elsewhere, `[side, side]`
 */
export function perlinMask(side: number, random: MaskRandom): Uint8Array {
  let mask = new Uint8Array(side * side);
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const [down, across] = [2 ** random.integer(LEVELS), 2 ** random.integer(LEVELS)];
    const at = perlin(random.uint32());
    mask = Uint8Array.from({ length: side * side }, (_, i) => {
      const [x, y] = [((i % side) + 0.5) / side, (Math.floor(i / side) + 0.5) / side];
      return at(x * across, y * down) > LEVEL ? 1 : 0;
    });
    const area = mask.reduce((sum, inside) => sum + inside, 0) / mask.length;
    if (area >= LEAST_AREA && area <= MOST_AREA) return mask;
  }
  return mask;
}
