import { noise } from '../noise.js';
import { colour, vary } from '../surface.js';
import type { Kind } from './kind.js';

const { cos, sin } = Math;

/** Sheet steel with a brushed finish. */
export const brushedMetal: Kind = {
  name: 'brushed_metal',
  defects: ['scratch', 'dent', 'stain', 'contamination'],
  draw(surface, random) {
    const turn = random.spread(0.05);
    const steel = { colour: vary(colour('#b7b8ba'), random, 0.07), gloss: 0.05, metal: 1 };
    const coarse = noise(random.uint32());
    const fine = noise(random.uint32());
    const roll = noise(random.uint32());
    surface.each((x, y, i) => {
      const u = x * cos(turn) + y * sin(turn);
      const v = y * cos(turn) - x * sin(turn);
      const streak = 0.5 * coarse(1.3 * u, 48 * v) + 0.35 * fine(4 * u, 110 * v) + 0.3 * coarse(2.5 * u + 50, 25 * v);
      surface.lay(
        i,
        1,
        0.0011 * streak + 0.004 * roll(1.2 * u, 1.5 * v),
        steel,
        1 + 0.15 * streak + 0.05 * roll(2 * u + 7, 5 * v),
      );
      surface.part[i] = 1;
    });
  },
};
