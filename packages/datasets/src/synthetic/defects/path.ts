import { clamp, length } from '../shapes.js';
import type { Surface } from '../surface.js';

const { max, sqrt } = Math;

export interface PathPoint {
  readonly x: number;
  readonly y: number;
  readonly width: number;
}

/** Visits each pixel near a line of varying width once, with its distance to the line in half widths there (below 1 + margin). */
export function alongPath(
  surface: Surface,
  points: readonly PathPoint[],
  margin: number,
  visit: (i: number, off: number) => void,
): void {
  const nearest = new Map<number, number>();
  for (let k = 1; k < points.length; k++) {
    const a = points[k - 1]!;
    const b = points[k]!;
    const dx = b.x - a.x;
    const dy = b.y - a.y;
    const square = dx * dx + dy * dy || 1;
    const reach = sqrt(square) / 2 + max(a.width, b.width) * (1 + margin) + surface.pixel;
    surface.around((a.x + b.x) / 2, (a.y + b.y) / 2, reach, (x, y, i) => {
      const t = clamp(((x - a.x) * dx + (y - a.y) * dy) / square);
      const half = max((a.width + (b.width - a.width) * t) / 2, surface.pixel / 4);
      const off = length(x - a.x - t * dx, y - a.y - t * dy) / half;
      if (off < 1 + margin && off < (nearest.get(i) ?? Infinity)) nearest.set(i, off);
    });
  }
  for (const [i, off] of nearest) visit(i, off);
}
