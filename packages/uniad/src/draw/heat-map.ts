import type { Picture } from '@uniad/datasets';
import sharp from 'sharp';
import type { OverlayOptions } from 'sharp';
import type { Size } from '../methods/shared-config.js';
import { heatColours } from './colour-map.js';
import type { HeatScale } from './colour-map.js';
import { legend as legendOf, legendHeight } from './legend.js';
import { heatOutline, outlineStrokes } from './outline.js';
import { svgFile } from './svg-file.js';

/** What a heat map shows beside the heat. */
export interface HeatMapOptions {
  /** Adds a strip below the picture: which colour stands for which map value, and where the threshold is. */
  readonly legend?: boolean;
}

/**
 * The picture with its anomaly map laid over it as a PNG of the picture's size: heat as a tint that lets the defect be
 * seen, and an outline where the map reaches the threshold.
 *
 * @param map `[height, width]` of `mapSize`, stretched over the picture
 */
export async function drawHeatMap(
  picture: Picture,
  map: Float32Array,
  mapSize: Size,
  scale: HeatScale,
  { legend = false }: HeatMapOptions = {},
): Promise<Buffer> {
  const { width, height, data } = picture;
  const heat = await sharp(heatColours(map, scale), { raw: { width: mapSize[1], height: mapSize[0], channels: 4 } })
    .resize(width, height, { fit: 'fill', kernel: 'linear' })
    .raw()
    .toBuffer();
  const layers: OverlayOptions[] = [{ input: heat, raw: { width, height, channels: 4 }, left: 0, top: 0 }];
  const outline = scale.threshold === undefined ? '' : heatOutline(map, mapSize, scale.threshold);
  if (outline !== '') layers.push({ input: drawOutline(outline, mapSize, picture), left: 0, top: 0 });
  if (legend) layers.push({ input: Buffer.from(svgFile(legendOf(width, scale))), left: 0, top: height });
  return sharp(data, { raw: { width, height, channels: 3 } })
    .extend({ bottom: legend ? legendHeight(width) : 0, background: 'white' })
    .composite(layers)
    .png()
    .toBuffer();
}

function drawOutline(path: string, [rows, columns]: Size, { width, height }: Picture): Buffer {
  const lines = outlineStrokes(width, height).map(
    (stroke) => `<use href="#outline" fill="none" stroke="${stroke.colour}" stroke-width="${stroke.width}"/>`,
  );
  return Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${columns} ${rows}" preserveAspectRatio="none">` +
      `<defs><path id="outline" d="${path}" vector-effect="non-scaling-stroke" stroke-linecap="round"/></defs>` +
      `${lines.join('')}</svg>`,
  );
}
