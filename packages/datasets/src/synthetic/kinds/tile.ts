import { fractalNoise, lattice, noise } from '../noise.js';
import { bevel, box, mix, smoothstep } from '../shapes.js';
import { colour, vary } from '../surface.js';
import type { Kind } from './kind.js';

const { cos, floor, sin } = Math;

const ACROSS = 4;
const GROUT = 0.028;

/** Glazed mosaic tiles on a mesh. */
export const tile: Kind = {
  name: 'tile',
  defects: ['scratch', 'stain', 'crack', 'contamination', 'missing_part', 'misplaced_part'],
  draw(surface, random, fault) {
    const turn = random.spread(0.05);
    const pitch = 2 / ACROSS;
    const shiftU = random.uniform() * pitch;
    const shiftV = random.uniform() * pitch;
    const seed = random.uint32();
    const glaze = fractalNoise(random.uint32(), 2);
    const speck = noise(random.uint32());
    const sand = noise(random.uint32());
    const ceramic = { colour: vary(colour('#6d8f96'), random, 0.08), gloss: 0.6, metal: 0 };
    const cement = { colour: vary(colour('#a5a097'), random, 0.06), gloss: 0, metal: 0 };
    const dark = colour('#2f4a52');
    const faulty = fault
      ? { column: fault.random.integer(ACROSS - 1), row: fault.random.integer(ACROSS - 1) }
      : undefined;
    const twist = fault ? fault.random.sign() * mix(0.1, 0.2, fault.severity) : 0;

    surface.each((x, y, i) => {
      const u = x * cos(turn) + y * sin(turn) + shiftU + 1;
      const v = y * cos(turn) - x * sin(turn) + shiftV + 1;
      const column = floor(u / pitch);
      const row = floor(v / pitch);
      const wrong = faulty && column === faulty.column + 1 && row === faulty.row + 1;
      surface.lay(
        i,
        1,
        0.004 * sand(45 * u, 45 * v),
        cement,
        1 + 0.12 * sand(60 * u, 60 * v) + 0.1 * sand(9 * u, 9 * v),
      );
      surface.part[i] = 1;
      if (wrong && fault?.name === 'missing_part') {
        // Ridges of the trowel that held the tile.
        surface.height[i] =
          -0.012 + 0.012 * sin(70 * (u + 0.3 * v) + 2 * sand(6 * u, 6 * v)) + 0.006 * sand(30 * u, 30 * v);
        surface.shade(i, 0.75);
        return;
      }
      let du = u - (column + 0.5) * pitch - 0.006 * lattice(column, row, seed);
      let dv = v - (row + 0.5) * pitch - 0.006 * lattice(row, column, seed + 1);
      const skew = 0.012 * lattice(column, row, seed + 2) + (wrong ? twist : 0);
      [du, dv] = [du + skew * dv, dv - skew * du];
      const distance = box(du, dv, pitch / 2 - GROUT, pitch / 2 - GROUT, 0.03);
      const tilt =
        0.02 * (du * lattice(column, row, seed + 3) + dv * lattice(column, row, seed + 4)) +
        (wrong ? 0.25 * twist * dv : 0);
      const batch = 1 + 0.09 * lattice(column, row, seed + 5);
      const share = surface.coverage(distance);
      const cloud = glaze(3 * u + 10 * lattice(column, row, seed + 6), 3 * v);
      surface.lay(i, share, 0.03 + bevel(distance, 0.03) + tilt + 0.002 * cloud, ceramic, batch * (1 + 0.16 * cloud));
      const wander = 0.9 * sand(25 * u, 25 * v);
      surface.tint(i, share * 0.55 * smoothstep(0.5, 0.75, speck(34 * u + wander, 34 * v - wander)), dark);
    });
  },
};
