const { abs, floor, max, sqrt } = Math;

/**
 * Signed distances, negative inside, and the small functions that go with them.
 * Lengths everywhere in the generator are in half picture widths: a picture spans [-1, 1] both ways.
 */
export function clamp(x: number, low = 0, high = 1): number {
  return x < low ? low : x > high ? high : x;
}

export function mix(from: number, to: number, share: number): number {
  return from + (to - from) * share;
}

export function smoothstep(low: number, high: number, x: number): number {
  const t = clamp((x - low) / (high - low));
  return t * t * (3 - 2 * t);
}

/** Math.hypot guards against overflow and costs many times as much. */
export function length(x: number, y: number): number {
  return sqrt(x * x + y * y);
}

export function box(x: number, y: number, halfWidth: number, halfHeight: number, corner = 0): number {
  const dx = abs(x) - halfWidth + corner;
  const dy = abs(y) - halfHeight + corner;
  if (dx <= 0 || dy <= 0) return max(dx, dy) - corner;
  return sqrt(dx * dx + dy * dy) - corner;
}

export function segment(x: number, y: number, ax: number, ay: number, bx: number, by: number): number {
  const dx = bx - ax;
  const dy = by - ay;
  const along = clamp(((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy || 1));
  return length(x - ax - along * dx, y - ay - along * dy);
}

/** Height over the edge of a plate with a rounded rim: 0 at the edge, `radius` from `radius` inwards. */
export function bevel(distance: number, radius: number): number {
  const t = clamp(-distance / radius);
  return radius * sqrt(t * (2 - t));
}

/** A triangle wave of period 1, from -1 to 1 and back. */
export function triangle(t: number): number {
  return 4 * abs(t - floor(t + 0.5)) - 1;
}
