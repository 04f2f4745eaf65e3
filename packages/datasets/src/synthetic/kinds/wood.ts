import { fractalNoise, noise } from '../noise.js';
import { mix, smoothstep } from '../shapes.js';
import { colour, vary } from '../surface.js';
import type { Kind } from './kind.js';

const { cos, floor, sin } = Math;

/** A planed, oiled board. */
export const wood: Kind = {
  name: 'wood',
  defects: ['scratch', 'dent', 'stain', 'crack', 'contamination'],
  draw(surface, random) {
    const turn = random.spread(0.05);
    const log = random.between(0, 40);
    const tone = random.spread(0.5);
    const early = vary(colour('#b98a58'), random, 0.08);
    const late = vary(colour('#86562e'), random, 0.1);
    const bend = fractalNoise(random.uint32(), 2);
    const fibre = noise(random.uint32());
    const pore = noise(random.uint32());
    const oil = { colour: early, gloss: 0.18, metal: 0 };
    surface.each((x, y, i) => {
      const u = x * cos(turn) + y * sin(turn);
      const v = y * cos(turn) - x * sin(turn);
      // Rings of a trunk far wider than the board, cut lengthwise: long wandering bands.
      const ring =
        5 * v +
        1.6 * bend(0.4 * v + log, 0.35 * u) +
        1.1 * bend(0.1 * u + log, 2.2 * v) +
        0.12 * bend(2 * u, 6 * v + log) +
        tone;
      const phase = ring - floor(ring);
      const summer = smoothstep(0.15, 0.85, phase) * smoothstep(1, 0.88, phase);
      const strand = 0.6 * fibre(3 * u, 60 * v) + 0.5 * fibre(7 * u + 30, 110 * v);
      const vessel = smoothstep(0.5, 0.8, pore(5 * u, 75 * v));
      const share = (0.45 + 0.2 * bend(0.3 * u + 70, 2 * v)) * summer + 0.16 * strand;
      surface.lay(i, 1, 0.0015 * strand + 0.001 * summer - 0.0035 * vessel, oil);
      surface.tint(i, share < 0 ? 0 : share, late);
      surface.shade(i, mix(1 + 0.13 * strand, 0.68, 0.75 * vessel));
      surface.part[i] = 1;
    });
  },
};
