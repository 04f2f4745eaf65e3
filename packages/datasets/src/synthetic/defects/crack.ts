import type { Random } from '../random.js';
import { mix, smoothstep } from '../shapes.js';
import { onPart, placeOnPart, type SurfaceDefect } from './defect.js';
import { alongPath, type PathPoint } from './path.js';

const { PI, cos, max, min, round, sin } = Math;

/** A jagged dark gap that runs, forks and closes to a hair. */
export const crack: SurfaceDefect = (surface, random, severity) => {
  const start = placeOnPart(surface, random, 0.1);
  const heading = 2 * PI * random.uniform();
  const width = mix(0.02, 0.045, severity);
  const length = mix(0.3, 0.7, severity);
  const trunk = run(
    random,
    start.x - (cos(heading) * length) / 2,
    start.y - (sin(heading) * length) / 2,
    heading,
    length,
    width,
  );
  const lines = [trunk];
  for (let branch = random.integer(3); branch > 0; branch--) {
    const root = trunk[3 + random.integer(trunk.length - 6)]!;
    lines.push(
      run(random, root.x, root.y, heading + random.sign() * random.between(0.5, 1), length * 0.4, root.width * 0.7),
    );
  }
  for (const line of lines) {
    alongPath(
      surface,
      line.filter((point) => onPart(surface, point.x, point.y)),
      0.8,
      (i, off) => {
        const depth = smoothstep(1.2, 0.4, off) * surface.part[i]!;
        surface.height[i]! -= 0.02 * depth;
        surface.shade(i, 1 - 0.88 * depth);
        surface.gloss[i]! *= 1 - depth;
        surface.metal[i]! *= 1 - 0.8 * depth;
      },
    );
  }
};

function run(random: Random, x: number, y: number, heading: number, length: number, width: number): PathPoint[] {
  const steps = max(6, round(length / 0.03));
  const points: PathPoint[] = [];
  let px = x;
  let py = y;
  let way = heading;
  for (let k = 0; k <= steps; k++) {
    const t = k / steps;
    points.push({ x: px, y: py, width: width * random.between(0.6, 1) * (1 - 0.75 * t) * min(1, 0.3 + 4 * t) });
    // Pulled back towards its heading, or a random walk would curl up.
    way += 0.5 * random.normal() - 0.4 * (way - heading);
    px += (cos(way) * length) / steps;
    py += (sin(way) * length) / steps;
  }
  return points;
}
