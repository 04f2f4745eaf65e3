import { noise } from '../noise.js';
import type { Random } from '../random.js';
import { length, mix } from '../shapes.js';
import { type Colour, colour, type Surface } from '../surface.js';
import { placeOnPart, type SurfaceDefect } from './defect.js';
import { alongPath, type PathPoint } from './path.js';

const { PI, abs, cos, floor, max, min, round, sin, sqrt } = Math;

const FOREIGN = ['#c23b2e', '#2f62b8', '#e7e2d6', '#1b1b1d', '#3f9a54', '#d9b22f'].map(colour);

/** Foreign matter that lies on the part: a fibre, or crumbs. */
export const contamination: SurfaceDefect = (surface, random, severity) => {
  const centre = placeOnPart(surface, random, 0.15);
  const pixel = 3 * (floor((centre.y + 1) / surface.pixel) * surface.size + floor((centre.x + 1) / surface.pixel));
  // Dirt of the part's own colour would not be found by anyone.
  const seen = FOREIGN.filter((dirt) => max(...dirt.map((value, c) => abs(value - surface.colour[pixel + c]!))) > 0.2);
  const dirt = random.pick(seen);
  if (random.uniform() < 0.4) fibre(surface, random, centre, dirt, severity);
  else crumbs(surface, random, centre, dirt, severity);
};

function fibre(
  surface: Surface,
  random: Random,
  centre: { x: number; y: number },
  dirt: Colour,
  severity: number,
): void {
  const points: PathPoint[] = [];
  const length = mix(0.35, 0.65, severity);
  const width = mix(0.024, 0.038, severity);
  let way = 2 * PI * random.uniform();
  const curl = random.sign() * random.between(0.04, 0.16);
  let x = centre.x - (cos(way) * length) / 2.5;
  let y = centre.y - (sin(way) * length) / 2.5;
  for (let k = 0; k < 28; k++) {
    points.push({ x, y, width });
    way += curl + 0.1 * random.normal();
    x += (cos(way) * length) / 28;
    y += (sin(way) * length) / 28;
  }
  alongPath(surface, points, 0.2, (i, off) => {
    const share = (off < 0.8 ? 1 : max(0, 1 - (off - 0.8) / 0.4)) * surface.part[i]!;
    surface.lay(i, share, surface.height[i]! + 0.02 * sqrt(max(0, 1 - off * off)), {
      colour: dirt,
      gloss: 0.2,
      metal: 0,
    });
  });
}

function crumbs(
  surface: Surface,
  random: Random,
  centre: { x: number; y: number },
  dirt: Colour,
  severity: number,
): void {
  const rough = noise(random.uint32());
  const count = 2 + random.integer(round(mix(3, 7, severity)));
  for (let crumb = 0; crumb < count; crumb++) {
    const radius = mix(0.03, 0.055, severity) * random.between(0.6, 1.3) * (crumb === 0 ? 1.3 : 1);
    const x0 = centre.x + (crumb === 0 ? 0 : 0.07 * random.normal());
    const y0 = centre.y + (crumb === 0 ? 0 : 0.07 * random.normal());
    const shade = random.between(0.8, 1.1);
    surface.around(x0, y0, radius * 1.5, (x, y, i) => {
      const off = length(x - x0, y - y0) - radius * (1 + 0.45 * rough(26 * x, 26 * y));
      const share = surface.coverage(off) * surface.part[i]!;
      const bulge = 0.04 * sqrt(max(0, min(1, -off / radius))) + 0.006 * rough(70 * x, 70 * y);
      surface.lay(i, share, surface.height[i]! + bulge, { colour: dirt, gloss: 0.15, metal: 0 }, shade);
    });
  }
}
