import type { Random } from '../random.js';
import type { Surface } from '../surface.js';

const { PI, cos, floor, max, sin } = Math;

/** Named as the folders they go to, MVTec-AD's way. */
export type DefectName = 'scratch' | 'dent' | 'stain' | 'crack' | 'contamination' | 'missing_part' | 'misplaced_part';

/** Something that happens to the surface of a good part; `severity` runs from 0, hard to see, to 1, plain. */
export type SurfaceDefect = (surface: Surface, random: Random, severity: number) => void;

/** A place on the part with `margin` of part around it, or as much as there is room for. */
export function placeOnPart(surface: Surface, random: Random, margin: number): { x: number; y: number } {
  let best = { x: 0, y: 0 };
  let most = -1;
  for (let tries = 0; tries < 150 && most < RING.length + 1; tries++) {
    const x = random.spread(0.9);
    const y = random.spread(0.9);
    if (!onPart(surface, x, y)) continue;
    let inside = 1;
    for (const [cosine, sine] of RING) if (onPart(surface, x + margin * cosine, y + margin * sine)) inside++;
    if (inside > most) {
      most = inside;
      best = { x, y };
    }
  }
  return best;
}

const RING = Array.from({ length: 12 }, (_, k) => [cos((k * PI) / 6), sin((k * PI) / 6)] as const);

export function onPart(surface: Surface, x: number, y: number): boolean {
  const column = floor((x + 1) / surface.pixel);
  const row = floor((y + 1) / surface.pixel);
  return (
    column >= 0 &&
    row >= 0 &&
    column < surface.size &&
    row < surface.size &&
    surface.part[row * surface.size + column]! > 0.9
  );
}

/** How bright the part is around a place, linear. */
export function brightness(surface: Surface, x: number, y: number): number {
  let sum = 0;
  let pixels = 0;
  surface.around(x, y, 0.04, (_x, _y, i) => {
    sum += (surface.colour[3 * i]! + surface.colour[3 * i + 1]! + surface.colour[3 * i + 2]!) / 3;
    pixels++;
  });
  return sum / max(1, pixels);
}
