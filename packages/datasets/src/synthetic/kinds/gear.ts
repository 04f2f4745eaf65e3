import { noise } from '../noise.js';
import { feederPose } from '../pose.js';
import { bevel, box, clamp, length, mix, smoothstep } from '../shapes.js';
import { colour, vary } from '../surface.js';
import { type Kind, layBench } from './kind.js';

const { PI, abs, atan2, cos, floor, max, min, sin, sqrt } = Math;

const TEETH = 16;
const TIP_RADIUS = 0.84;
const ROOT_RADIUS = 0.69;
const HOLES = { count: 5, at: 0.43, radius: 0.085 };
const HUB = 0.25;
const BORE = 0.135;
const FAN = { x: 0.83, y: 0.56 };

/** A turned steel spur gear, seen from the front. */
export const gear: Kind = {
  name: 'gear',
  defects: ['scratch', 'dent', 'stain', 'crack', 'contamination', 'missing_part', 'misplaced_part'],
  draw(surface, random, fault) {
    layBench(surface, random.fork('bench'), vary(colour('#3a3d42'), random, 0.08), 1.2);
    const pose = feederPose(random, 0.15);
    const steel = { colour: vary(colour('#a3a19d'), random, 0.06), gloss: 0.25, metal: 1 };
    const recess = { ...steel, colour: vary(colour('#77767a'), random, 0.06), gloss: 0.1 };
    const lathe = noise(random.uint32());
    const cast = noise(random.uint32());
    const broken = fault?.name === 'missing_part' ? fault.random.integer(TEETH) : -1;
    const stub = fault ? mix(0.45, 0, fault.severity) : 0;
    const wrongHole = fault?.name === 'misplaced_part' ? fault.random.integer(HOLES.count) : -1;
    const holeTurn = fault ? fault.random.sign() * mix(0.22, 0.42, fault.severity) : 0;

    const holes = Array.from({ length: HOLES.count }, (_, which) => {
      const angle = ((which + 0.5) / HOLES.count - 0.5) * 2 * PI + (which === wrongHole ? holeTurn : 0);
      return { u: HOLES.at * cos(angle), v: HOLES.at * sin(angle) };
    });

    surface.each((x, y, i) => {
      const u = pose.u(x, y);
      const v = pose.v(x, y);
      const radius = sqrt(u * u + v * v);
      const around = atan2(v, u) / (2 * PI) + 0.5;
      const turn = around * TEETH;
      const tooth = floor(turn);
      const flank = smoothstep(0.28, 0.13, abs(turn - tooth - 0.5) * clamp(1 + 1.1 * (radius - 0.76), 0.9, 1.2));
      const outline = radius - mix(ROOT_RADIUS, TIP_RADIUS, flank * (tooth === broken ? stub : 1));

      let hole = radius - BORE;
      hole = min(hole, box(u, v + BORE, 0.035, 0.05, 0.008));
      for (const at of holes) hole = min(hole, length(u - at.u, v - at.v) - HOLES.radius);

      const distance = max(outline * 0.75, -hole);
      const web = smoothstep(HUB, HUB + 0.03, radius) * smoothstep(0.62, 0.59, radius);
      // Rings left by the lathe throw the lamp back along two opposite sectors.
      const line = lathe(radius * 70, 3) * (1 - 0.8 * web);
      const fan = ((1 - 0.6 * web) * ((x - pose.x) * FAN.x + (y - pose.y) * FAN.y) ** 2) / (radius * radius + 0.01);
      const marks = 0.0006 * line + 0.0006 * cast(90 * u, 90 * v);
      const share = surface.coverage(distance);
      surface.lay(
        i,
        share,
        0.16 + bevel(distance, 0.025) - 0.05 * web + 0.03 * smoothstep(HUB, HUB - 0.02, radius) + marks,
        web > 0.5 ? recess : steel,
        (0.72 + 0.55 * fan) * (1 + 0.07 * line + 0.04 * cast(5 * u, 5 * v)),
      );
      surface.part[i] = share;
    });
  },
};
