import type { Size } from '../methods/shared-config.js';

/**
 * Where a map crosses a level, as an SVG path in the map's pixels (a canvas's `Path2D` takes it too); empty where it
 * never does. Marching squares: each square of four pixel centers gives at most two straight pieces.
 *
 * @param map `[height, width]` of `mapSize`
 */
export function heatOutline(map: Float32Array, [height, width]: Size, level: number): string {
  // Beyond its edge the map is cold, so that outlines close along the picture's border.
  const at = (row: number, column: number) =>
    row < 0 || column < 0 || row >= height || column >= width ? -Infinity : map[row * width + column]!;
  const pieces: string[] = [];
  for (let row = -1; row < height; row++) {
    for (let column = -1; column < width; column++) {
      const corners = [at(row, column), at(row, column + 1), at(row + 1, column + 1), at(row + 1, column)] as const; // Clockwise.
      const isHot = corners[0] >= level;
      if (corners[1] >= level === isHot && corners[2] >= level === isHot && corners[3] >= level === isHot) continue;
      const crossings: string[] = [];
      for (let side = 0; side < 4; side++) {
        const [from, to] = [corners[side]!, corners[(side + 1) % 4]!];
        if (from >= level === to >= level) continue;
        const share = crossing(from, to, level);
        const [x0, y0] = CORNERS[side]!;
        const [x1, y1] = CORNERS[(side + 1) % 4]!;
        const [x, y] = [column + 0.5 + x0 + share * (x1 - x0), row + 0.5 + y0 + share * (y1 - y0)];
        crossings.push(`${round(x)} ${round(y)}`);
      }
      // Four crossings are a saddle; its hot corners are kept apart, as neither is known to reach the other.
      if (crossings.length === 4 && corners[0]! >= level) crossings.unshift(crossings.pop()!);
      for (let i = 0; i < crossings.length; i += 2) {
        if (crossings[i] !== crossings[i + 1]) pieces.push(`M${crossings[i]!}L${crossings[i + 1]!}`);
      }
    }
  }
  return pieces.join('');
}

/** Of a square of pixel centers, clockwise from the upper left: `[x, y]`. */
const CORNERS = [
  [0, 0],
  [1, 0],
  [1, 1],
  [0, 1],
] as const;

/** Share of the way between two values at which the level lies; halfway, on the border, to what lies outside. */
function crossing(from: number, to: number, level: number): number {
  return Number.isFinite(from) && Number.isFinite(to) ? (level - from) / (to - from) : 0.5;
}

function round(position: number): number {
  return Math.round(position * 100) / 100;
}

/** A stroke of the outline. */
export interface Stroke {
  readonly colour: string;
  /** In pixels of the picture. */
  readonly width: number;
}

/** How an outline is drawn on a picture of that size, first to last: a line that shows on any ground, light within dark. */
export function outlineStrokes(width: number, height: number): readonly Stroke[] {
  const thickness = Math.max(1.5, Math.hypot(width, height) / 260);
  return [
    { colour: '#000', width: thickness + Math.max(2, thickness) },
    { colour: '#fff', width: thickness },
  ];
}
