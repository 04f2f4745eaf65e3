import type { Picture } from '@uniad/datasets';
import sharp from 'sharp';
import type { Size } from '../methods/shared-config.js';
import type { HeatScale } from './colour-map.js';
import { drawHeatMap } from './heat-map.js';
import { drawGrid } from './picture-grid.js';

/**
 * Picture, heat map and mask side by side with the heat's colour bar below, as a PNG three pictures wide.
 *
 * @param map `[height, width]` of `mapSize`
 * @param mask `[height, width]` of `mapSize`, 1 where the picture is known to be anomalous; its place is empty without one
 */
export async function drawComparison(
  picture: Picture,
  map: Float32Array,
  mask: Uint8Array | undefined,
  mapSize: Size,
  scale: HeatScale,
): Promise<Buffer> {
  const heatMap = await drawHeatMap(picture, map, mapSize, scale);
  const pictures = [picture, heatMap, mask && (await drawMask(picture, mask, mapSize))];
  return drawGrid([{ pictures }], { gap: 0, legend: scale });
}

/** The mask in white on black, as a PNG of the picture's size. */
export async function drawMask({ width, height }: Picture, mask: Uint8Array, mapSize: Size): Promise<Buffer> {
  return sharp(
    mask.map((value) => value * 255),
    { raw: { width: mapSize[1], height: mapSize[0], channels: 1 } },
  )
    .resize(width, height, { fit: 'fill', kernel: 'nearest' })
    .png()
    .toBuffer();
}
