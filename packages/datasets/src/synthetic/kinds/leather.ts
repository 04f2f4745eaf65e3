import { cells, fractalNoise, noise } from '../noise.js';
import { smoothstep } from '../shapes.js';
import { colour, vary } from '../surface.js';
import type { Kind } from './kind.js';

/** Grained, dyed leather. */
export const leather: Kind = {
  name: 'leather',
  defects: ['scratch', 'dent', 'stain', 'crack', 'contamination'],
  draw(surface, random) {
    const hide = { colour: vary(colour('#7a4a2f'), random, 0.1), gloss: 0.22, metal: 0 };
    const pebbles = cells(random.uint32());
    const warp = noise(random.uint32());
    const dye = fractalNoise(random.uint32(), 2);
    const near = new Float64Array(2);
    const density = 13 * random.between(0.94, 1.06);
    surface.each((x, y, i) => {
      pebbles(density * x + 0.5 * warp(6 * x, 6 * y), density * y + 0.5 * warp(6 * y + 20, 6 * x), near);
      const crease = smoothstep(0, 0.32, near[1]! - near[0]!);
      surface.lay(
        i,
        1,
        0.016 * crease + 0.0015 * warp(60 * x, 60 * y),
        hide,
        (0.72 + 0.28 * crease) * (1 + 0.1 * dye(2 * x, 2 * y)),
      );
      surface.part[i] = 1;
    });
  },
};
