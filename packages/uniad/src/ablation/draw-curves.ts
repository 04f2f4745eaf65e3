import sharp from 'sharp';
import { svgFile } from '../draw/svg-file.js';
import { trainingCurves } from '../draw/training-curves.js';
import type { Markup } from '../draw/markup.js';
import type { Curve } from './results.js';

/** The curves as one chart; undefined where there are none. */
export async function drawCurves(curves: readonly Curve[]): Promise<Markup | undefined> {
  if (curves.length === 0) return undefined;
  return trainingCurves(
    curves.map(({ name, points }) => ({
      name,
      epochs: points.map(({ epoch, loss, imageAuroc, pixelAuroc }) => ({
        epoch,
        loss,
        imageAuroc: imageAuroc ?? NaN,
        pixelAuroc: pixelAuroc ?? NaN,
      })),
    })),
  );
}

/** A chart as a PNG on white. */
export async function chartAsPng(chart: Markup): Promise<Buffer> {
  return sharp(Buffer.from(svgFile(chart)), { density: 144 })
    .flatten({ background: 'white' })
    .png()
    .toBuffer();
}
