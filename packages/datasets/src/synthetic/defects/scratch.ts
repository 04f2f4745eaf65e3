import { clamp, mix, smoothstep } from '../shapes.js';
import { brightness, onPart, placeOnPart, type SurfaceDefect } from './defect.js';
import { alongPath, type PathPoint } from './path.js';

const { PI, cos, exp, min, sin } = Math;

/** One long drag or two beside each other: a groove with raised lips that lays bare lighter material, or darker on light parts. */
export const scratch: SurfaceDefect = (surface, random, severity) => {
  const start = placeOnPart(surface, random, 0.12);
  const around = brightness(surface, start.x, start.y);
  const shade = around < 0.42 ? around + mix(0.22, 0.5, severity) : around * mix(0.45, 0.12, severity);
  const lines = severity > 0.6 && random.uniform() < 0.4 ? 2 : 1;
  const heading = 2 * PI * random.uniform();
  const length = mix(0.3, 0.75, severity) * random.between(0.8, 1.1);
  for (let line = 0; line < lines; line++) {
    const aside = line * random.between(0.035, 0.055);
    const path = drag(
      start.x - aside * sin(heading),
      start.y + aside * cos(heading),
      heading,
      length,
      random.spread(0.7),
      mix(0.022, 0.036, severity),
    );
    const points = path.filter((point) => onPart(surface, point.x, point.y));
    alongPath(surface, points, 1, (i, off) => {
      const part = surface.part[i]!;
      const core = smoothstep(1.15, 0.5, off) * part;
      const lip = exp(-(((off - 1.25) / 0.35) ** 2)) * part;
      surface.height[i]! += 0.008 * (0.5 * lip - core);
      surface.tint(i, mix(0.65, 0.88, severity) * core, [shade, shade * 0.97, shade * 0.93]);
      surface.gloss[i]! *= 1 - 0.7 * clamp(core);
    });
  }
};

function drag(x: number, y: number, heading: number, length: number, bend: number, width: number): PathPoint[] {
  const steps = 24;
  const points: PathPoint[] = [];
  // From the middle outwards both ways would be even; a drag starts hard and tapers off.
  let px = x - (cos(heading) * length) / 2;
  let py = y - (sin(heading) * length) / 2;
  for (let k = 0; k <= steps; k++) {
    const t = k / steps;
    points.push({ x: px, y: py, width: width * min(1, 6 * t + 0.25) * (1 - 0.7 * t) });
    const turn = heading + bend * (t - 0.5);
    px += (cos(turn) * length) / steps;
    py += (sin(turn) * length) / steps;
  }
  return points;
}
