import type { MapWithMask } from './samples.js';

/** AUPRO by its definition: regions by merging labels until none changes, and at every threshold each region counted anew. */
export function slowAupro(maps: readonly MapWithMask[], limit: number): number {
  const regions: number[][] = [];
  const normal: number[] = [];
  for (const { map, mask, size } of maps) {
    const labels = mergedLabels(mask, size);
    for (const label of new Set(labels)) {
      const scores = [...map].filter((_, i) => labels[i] === label);
      if (label === -1) normal.push(...scores);
      else regions.push(scores);
    }
  }
  const shareAbove = (scores: number[], threshold: number) =>
    scores.filter((score) => score >= threshold).length / scores.length;
  const thresholds = [...new Set([...normal, ...regions.flat()])].sort((a, b) => b - a);
  let area = 0;
  let [x, y] = [0, 0];
  for (const threshold of thresholds) {
    const nextX = shareAbove(normal, threshold);
    const nextY = regions.reduce((sum, region) => sum + shareAbove(region, threshold), 0) / regions.length;
    const end = Math.min(nextX, limit);
    if (end > x) {
      const yAtEnd = y + (nextY - y) * ((end - x) / (nextX - x));
      area += ((end - x) * (y + yAtEnd)) / 2;
    }
    [x, y] = [nextX, nextY];
    if (x >= limit) break;
  }
  return area / limit;
}

function mergedLabels(mask: Uint8Array, [height, width]: readonly [number, number]): number[] {
  const labels = Array.from(mask, (label, i) => (label === 1 ? i : -1));
  for (let changed = true; changed;) {
    changed = false;
    for (let i = 0; i < labels.length; i++) {
      if (labels[i] === -1) continue;
      for (let j = 0; j < labels.length; j++) {
        const rows = Math.abs(Math.floor(i / width) - Math.floor(j / width));
        if (labels[j] === -1 || rows > 1 || Math.abs((i % width) - (j % width)) > 1 || labels[j]! >= labels[i]!)
          continue;
        labels[i] = labels[j]!;
        changed = true;
      }
    }
  }
  if (labels.length !== height * width) throw new Error('The mask has another size');
  return labels;
}
