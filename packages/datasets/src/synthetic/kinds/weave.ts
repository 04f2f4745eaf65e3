import { noise } from '../noise.js';
import { mix, smoothstep } from '../shapes.js';
import { colour, vary } from '../surface.js';
import type { Kind } from './kind.js';

const { PI, abs, cos, floor, max, sin, sqrt } = Math;

/** Threads across half a picture. */
const THREADS = 13;

/** Coarse plain-woven cloth. */
export const weave: Kind = {
  name: 'weave',
  defects: ['stain', 'contamination', 'missing_part', 'misplaced_part', 'scratch'],
  draw(surface, random, fault) {
    const turn = random.spread(0.07);
    const count = THREADS * random.between(0.97, 1.03);
    const shiftU = random.uniform() * 2;
    const shiftV = random.uniform() * 2;
    const sway = noise(random.uint32());
    const fibre = noise(random.uint32());
    const dye = noise(random.uint32());
    const yarns = [vary(colour('#a39a86'), random, 0.07), vary(colour('#7c7565'), random, 0.07)] as const;
    const gap = colour('#2b261f');

    const along = fault?.random.uniform() ?? 0;
    const centre = { x: fault?.random.spread(0.6) ?? 0, y: fault?.random.spread(0.6) ?? 0 };
    const reach = fault
      ? fault.name === 'missing_part'
        ? mix(0.16, 0.32, fault.severity)
        : mix(0.26, 0.42, fault.severity)
      : 0;
    const lost = along < 0.5 ? 0 : 1;

    surface.each((x, y, i) => {
      let pulled = 0;
      if (fault?.name === 'misplaced_part') {
        const dx = (x - centre.x) / reach;
        const dy = (y - centre.y) / (0.6 * reach);
        pulled = max(0, 1 - dx * dx - dy * dy) ** 2 * dy * 0.6 * reach * mix(0.8, 1, fault.severity);
      }
      const py = y - pulled;
      const u = (x * cos(turn) + py * sin(turn)) * count + shiftU + 0.16 * sway(2 * x, 2 * py);
      const v = (py * cos(turn) - x * sin(turn)) * count + shiftV + 0.16 * sway(2 * py + 9, 2 * x);
      const column = floor(u);
      const row = floor(v);
      const across = [u - column - 0.5, v - row - 0.5] as const;
      let top = -1;
      let height = 0;
      let bright = 0;
      for (const set of [0, 1] as const) {
        const thread = set === 0 ? column : row;
        const width = 0.4 + 0.06 * dye(thread * 3.3, 17 + set + (set === 0 ? v : u) * 0.3);
        const off = across[set] / width;
        if (abs(off) >= 1) continue;
        if (fault?.name === 'missing_part' && set === lost) {
          const place = set === 0 ? centre.x : centre.y;
          const middle = floor(set === 0 ? place * count + shiftU : place * count + shiftV);
          const run = set === 0 ? y - centre.y : x - centre.x;
          if ((thread === middle || thread === middle + 1) && abs(run + 0.04 * fibre(thread * 5, 1)) < reach) continue;
        }
        const over = sin(PI * (set === 0 ? v : u)) * ((thread & 1) === 0 ? 1 : -1) * (set === 0 ? 1 : -1);
        const z = 0.02 * sqrt(1 - off * off) + 0.013 * over;
        if (top < 0 || z > height) {
          top = set;
          height = z;
          // Twisted fibres run at a slant across the thread.
          const run = set === 0 ? v : u;
          bright =
            0.16 * fibre(off * 2.5 + run * 3, run * 1.5 + thread * 7) + 0.14 * dye(thread * 5.1 + 40 * set, run * 0.12);
        }
      }
      if (top < 0) surface.lay(i, 1, -0.03, { colour: gap, gloss: 0, metal: 0 });
      else
        surface.lay(
          i,
          1,
          height + 0.004 * bright,
          { colour: yarns[top]!, gloss: 0.05, metal: 0 },
          (1 + bright) * smoothstep(-0.05, 0.025, height),
        );
      surface.part[i] = 1;
    });
  },
};
