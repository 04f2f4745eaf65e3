import { fractalNoise } from '../noise.js';
import { clamp, length, mix, smoothstep } from '../shapes.js';
import { colour } from '../surface.js';
import { brightness, placeOnPart, type SurfaceDefect } from './defect.js';

const { exp } = Math;

const DARK = ['#2a1c10', '#1d1a22', '#5c2a12'].map(colour);
const PALE = ['#d9d2bd', '#c9a24a', '#b7c4c2'].map(colour);

/** Something was spilt and dried: an uneven film, densest at its rim. */
export const stain: SurfaceDefect = (surface, random, severity) => {
  const radius = mix(0.1, 0.2, severity) * random.between(0.85, 1.2);
  const centre = placeOnPart(surface, random, radius * 0.8);
  const film = random.pick(brightness(surface, centre.x, centre.y) > 0.13 ? DARK : PALE);
  const edge = fractalNoise(random.uint32(), 3);
  const density = fractalNoise(random.uint32(), 3);
  const thick = mix(0.4, 0.78, severity);
  surface.around(centre.x, centre.y, radius * 1.8, (x, y, i) => {
    const off = length(x - centre.x, y - centre.y) / radius + 0.55 * edge(7 * x, 7 * y);
    const inside = smoothstep(1.04, 0.94, off) * surface.part[i]!;
    const rim = exp(-(((off - 0.92) / 0.07) ** 2));
    const share = clamp(thick * (0.75 + 0.3 * density(9 * x, 9 * y) + 0.35 * rim)) * inside;
    surface.tint(i, share, film);
    surface.metal[i]! *= 1 - 0.75 * share;
    surface.gloss[i]! += (0.3 - surface.gloss[i]!) * share;
  });
};
