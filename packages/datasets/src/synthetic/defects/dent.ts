import { noise } from '../noise.js';
import { length, mix, smoothstep } from '../shapes.js';
import { placeOnPart, type SurfaceDefect } from './defect.js';

const { PI, cos, sin } = Math;

/** A blow from outside: a pit with a raised rim, scuffed at the bottom. */
export const dent: SurfaceDefect = (surface, random, severity) => {
  const radius = mix(0.09, 0.17, severity) * random.between(0.9, 1.15);
  const centre = placeOnPart(surface, random, radius);
  const turn = PI * random.uniform();
  const squash = random.between(0.7, 1);
  const wobble = noise(random.uint32());
  const depth = radius * mix(0.32, 0.55, severity);
  surface.around(centre.x, centre.y, radius * 1.8, (x, y, i) => {
    const dx = x - centre.x;
    const dy = y - centre.y;
    const u = dx * cos(turn) + dy * sin(turn);
    const v = (dy * cos(turn) - dx * sin(turn)) / squash;
    const off = (length(u, v) / radius) * (1 + 0.16 * wobble(14 * x, 14 * y));
    const part = surface.part[i]!;
    const pit = smoothstep(1, 0.15, off);
    surface.height[i]! += part * depth * (0.14 * smoothstep(0.75, 1, off) * smoothstep(1.3, 1, off) - pit);
    const scuff = smoothstep(0.95, 0.6, off) * part;
    surface.shade(i, 1 - mix(0.18, 0.38, severity) * scuff);
    surface.gloss[i]! *= 1 - 0.5 * scuff;
  });
};
