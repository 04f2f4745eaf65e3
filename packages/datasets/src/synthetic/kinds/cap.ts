import { noise } from '../noise.js';
import { feederPose } from '../pose.js';
import { bevel, length, mix, smoothstep } from '../shapes.js';
import { colour, vary } from '../surface.js';
import { type Kind, layBench } from './kind.js';

const { PI, abs, atan2, cos, floor, max, sin, sqrt } = Math;

const FLUTES = 21;
const RADIUS = 0.74;
const TOP = 0.55;
const STAR = { outer: 0.33, inner: 0.14, points: 5 };

/** A lacquered crown cap with a printed star. */
export const cap: Kind = {
  name: 'cap',
  defects: ['scratch', 'dent', 'stain', 'contamination', 'missing_part', 'misplaced_part'],
  draw(surface, random, fault) {
    layBench(surface, random.fork('bench'), vary(colour('#6f6a63'), random, 0.06), 1);
    const pose = feederPose(random, 0.12);
    const lacquer = { colour: vary(colour('#26528c'), random, 0.08), gloss: 0.6, metal: 0.1 };
    const white = vary(colour('#d8d5ca'), random, 0.04);
    const orange = noise(random.uint32());
    const slip = fault?.name === 'misplaced_part' ? mix(0.1, 0.17, fault.severity) : 0;
    const slipTo = fault ? 2 * PI * fault.random.uniform() : 0;
    const lostPoint = fault?.name === 'missing_part' ? fault.random.integer(STAR.points) : -1;
    surface.each((x, y, i) => {
      const u = pose.u(x, y);
      const v = pose.v(x, y);
      const radius = sqrt(u * u + v * v);
      const around = atan2(v, u);
      const flute = cos(FLUTES * around);
      const skirt = smoothstep(TOP + 0.02, RADIUS, radius);
      const outline = radius - RADIUS - 0.025 * flute;
      const share = surface.coverage(outline);
      const dome = 0.34 - 0.06 * (radius / TOP) ** 2 - 0.22 * skirt + 0.022 * skirt * flute;
      surface.lay(i, share, dome + bevel(outline, 0.02) + 0.0009 * orange(22 * u, 22 * v), lacquer);
      surface.part[i] = share;
      if (radius > TOP) return;

      const band = abs(radius - 0.45) - 0.022;
      const su = u - slip * cos(slipTo);
      const sv = v - slip * sin(slipTo);
      const turn = (atan2(su, -sv) / (2 * PI) + 1 + 0.5 / STAR.points) * STAR.points;
      const point = floor(turn) % STAR.points;
      const fold = abs(turn - floor(turn) - 0.5) * 2;
      const reach = point === lostPoint ? STAR.inner : starReach(fold);
      const star = (length(su, sv) - reach) * 0.7;
      const print = max(surface.coverage(band), surface.coverage(star));
      surface.tint(i, 0.93 * print, white);
    });
  },
};

/** How far a star goes at a direction: 0 at a point, 1 midway between two. */
function starReach(fold: number): number {
  const half = PI / STAR.points;
  const angle = fold * half;
  const innerX = STAR.inner * cos(half);
  const innerY = STAR.inner * sin(half);
  // Where the ray meets the straight side from the point (outer, 0) to the notch (innerX, innerY).
  return (STAR.outer * innerY) / (innerY * cos(angle) + (STAR.outer - innerX) * sin(angle));
}
