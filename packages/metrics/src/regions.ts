import type { Labels } from './labels.js';

/** Connected regions of a mask. */
export interface Regions {
  /** For each pixel, 0 where it is normal and else the number of its region, from 1. */
  readonly labels: Uint32Array;
  /** Pixels of each region, that of region 1 first. */
  readonly sizes: readonly number[];
}

/**
 * The connected anomalous regions of a mask `[height, width]`, neighbours sharing a side or a corner, numbered in the order
 * in which their first pixels are read: `scipy.ndimage.label` with a structure of ones.
 */
export function labelRegions(mask: Labels, height: number, width: number): Regions {
  const labels = new Uint32Array(height * width);
  const sizes: number[] = [];
  const open = new Uint32Array(height * width); // a stack of pixels whose neighbours are still to be looked at
  for (let first = 0; first < labels.length; first++) {
    if (!mask[first] || labels[first] !== 0) continue;
    const region = sizes.length + 1;
    let size = 1;
    let opened = 1;
    open[0] = first;
    labels[first] = region;
    while (opened > 0) {
      const pixel = open[--opened]!;
      const column = pixel % width;
      const row = (pixel - column) / width;
      const lastColumn = Math.min(column + 1, width - 1);
      const lastRow = Math.min(row + 1, height - 1);
      for (let y = Math.max(row - 1, 0); y <= lastRow; y++) {
        for (let x = Math.max(column - 1, 0); x <= lastColumn; x++) {
          const neighbor = y * width + x;
          if (!mask[neighbor] || labels[neighbor] !== 0) continue;
          labels[neighbor] = region;
          open[opened++] = neighbor;
          size++;
        }
      }
    }
    sizes.push(size);
  }
  return { labels, sizes };
}
