import { noise } from '../noise.js';
import { feederPose } from '../pose.js';
import { bevel, box, mix, smoothstep } from '../shapes.js';
import { colour, vary } from '../surface.js';
import { type Kind, layBench } from './kind.js';

const { PI, cos, max, min, round, sin } = Math;

const HOUSING = { width: 0.86, height: 0.42 };
const CAVITY = { width: 0.74, height: 0.3 };
const COLUMNS = 7;
const ROWS = 2;
const SPACING = 0.2;
const PIN = 0.052;

/** A moulded pin header with gold-plated pins in two rows. */
export const connector: Kind = {
  name: 'connector',
  defects: ['scratch', 'stain', 'crack', 'contamination', 'missing_part', 'misplaced_part'],
  draw(surface, random, fault) {
    layBench(surface, random.fork('bench'), vary(colour('#8fa0a3'), random, 0.06), 0.8);
    const pose = feederPose(random, 0.1);
    const plastic = { colour: vary(colour('#2c4a3e'), random, 0.1), gloss: 0.3, metal: 0 };
    const floor = { ...plastic, gloss: 0.1 };
    const gold = { colour: vary(colour('#e2b75a'), random, 0.06), gloss: 0.5, metal: 1 };
    const grain = noise(random.uint32());
    const flow = noise(random.uint32());
    const lean = Array.from({ length: ROWS * COLUMNS }, () => [random.spread(0.006), random.spread(0.006)] as const);
    const faulty = fault ? fault.random.integer(ROWS * COLUMNS) : -1;
    const bend = fault ? 2 * PI * fault.random.uniform() : 0;
    const bent = fault ? mix(0.045, 0.075, fault.severity) : 0;

    surface.each((x, y, i) => {
      const u = pose.u(x, y);
      const v = pose.v(x, y);
      const key = box(u, v + HOUSING.height, 0.16, 0.05, 0.015);
      const outline = max(box(u, v, HOUSING.width, HOUSING.height, 0.05), -key);
      const cavity = max(box(u, v, CAVITY.width, CAVITY.height, 0.03), -box(u, v + CAVITY.height, 0.11, 0.04, 0.01));
      const sunk = smoothstep(0.008, -0.012, cavity);
      const texture = 0.0012 * grain(110 * u, 110 * v);
      const share = surface.coverage(outline);
      const height = 0.34 + bevel(outline, 0.03) - 0.17 * sunk + texture;
      surface.lay(i, share, height, sunk > 0.5 ? floor : plastic, (1 + 0.07 * flow(3 * u, 5 * v)) * mix(1, 0.72, sunk));
      surface.part[i] = share;
      if (cavity > 0) return;

      const column = min(COLUMNS - 1, max(0, round(u / SPACING + (COLUMNS - 1) / 2)));
      const row = v < 0 ? 0 : 1;
      const which = row * COLUMNS + column;
      const du = u - (column - (COLUMNS - 1) / 2) * SPACING;
      const dv = v - (row - 0.5) * 0.26;
      // The moulded collar stays where a pin is missing, around an open hole.
      const collar = box(du, dv, 0.072, 0.072, 0.015);
      surface.lay(i, surface.coverage(collar), 0.2 + bevel(collar, 0.015), floor, 0.95);
      if (which === faulty && fault?.name === 'missing_part') {
        surface.lay(i, surface.coverage(box(du, dv, PIN, PIN, 0.006)), 0.12, floor, 0.25);
        return;
      }
      const [leanU, leanV] = lean[which]!;
      const shiftU = which === faulty ? bent * cos(bend) : 0;
      const shiftV = which === faulty ? bent * sin(bend) : 0;
      const pin = box(du - leanU - shiftU, dv - leanV - shiftV, PIN, PIN, 0.008);
      const slant = which === faulty ? 1.2 * ((du - shiftU) * cos(bend) + (dv - shiftV) * sin(bend)) : 0;
      surface.lay(i, surface.coverage(pin), 0.34 + bevel(pin, 0.026) - slant, gold, 1 + 0.1 * flow(which * 9, 1));
    });
  },
};
