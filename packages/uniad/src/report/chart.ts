/** Maps values to positions along an axis. */
export type Scale = (value: number) => number;

export function linearScale(
  [fromLow, fromHigh]: readonly [number, number],
  [toLow, toHigh]: readonly [number, number],
): Scale {
  const factor = fromHigh > fromLow ? (toHigh - toLow) / (fromHigh - fromLow) : 0;
  return (value) => toLow + (value - fromLow) * factor;
}

/** Round values (1, 2 or 5 times a power of ten apart) inside a range, some `count` of them. */
export function roundTicks([low, high]: readonly [number, number], count: number): number[] {
  if (!(high > low)) return [low];
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((multiple) => multiple * power).find((candidate) => candidate >= rough)!;
  const digits = Math.max(0, -Math.floor(Math.log10(step)));
  const ticks: number[] = [];
  for (let tick = Math.ceil(low / step); tick * step <= high; tick++) ticks.push(Number((tick * step).toFixed(digits)));
  return ticks;
}

/** An SVG path through points; coordinates to a tenth of a pixel, for size. */
export function path(points: readonly (readonly [x: number, y: number])[]): string {
  return points.map(([x, y], i) => `${i === 0 ? 'M' : 'L'}${round(x)} ${round(y)}`).join('');
}

export function round(value: number): number {
  return Math.round(value * 10) / 10;
}
