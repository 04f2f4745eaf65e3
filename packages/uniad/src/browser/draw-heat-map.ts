import { heatColours } from '../draw/colour-map.js';
import type { HeatScale } from '../draw/colour-map.js';
import { heatOutline, outlineStrokes } from '../draw/outline.js';
import type { Size } from '../methods/shared-config.js';
import { readPixels } from './read-pixels.js';
import type { PageImage } from './read-pixels.js';

/**
 * Draws a picture with its anomaly map laid over it onto a canvas, which takes the picture's size: heat as a tint that lets the
 * defect be seen, and an outline where the map reaches the threshold, in the colours of the heat maps that Node writes.
 *
 * @param map `[height, width]` of `mapSize`, stretched over the picture
 * @throws PictureError when the picture cannot be decoded
 */
export async function drawHeatMap(
  canvas: HTMLCanvasElement | OffscreenCanvas,
  picture: PageImage,
  map: Float32Array,
  mapSize: Size,
  scale: HeatScale,
): Promise<void> {
  const pixels = await readPixels(picture);
  const { width, height } = pixels;
  const [rows, columns] = mapSize;
  const heat = new OffscreenCanvas(columns, rows);
  heat.getContext('2d')!.putImageData(new ImageData(heatColours(map, scale), columns, rows), 0, 0);
  const outline = scale.threshold === undefined ? '' : heatOutline(map, mapSize, scale.threshold);

  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext('2d') as CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;
  context.putImageData(opaque(pixels), 0, 0);
  context.imageSmoothingEnabled = true;
  context.drawImage(heat, 0, 0, width, height);
  if (outline === '') return;
  const path = new Path2D();
  path.addPath(new Path2D(outline), { a: width / columns, d: height / rows });
  context.lineCap = 'round';
  for (const stroke of outlineStrokes(width, height)) {
    context.strokeStyle = stroke.colour;
    context.lineWidth = stroke.width;
    context.stroke(path);
  }
}

/** Alpha is dropped, as by the model. */
function opaque({ data, width, height }: ImageData): ImageData {
  const copy = new ImageData(new Uint8ClampedArray(data), width, height);
  for (let alpha = 3; alpha < copy.data.length; alpha += 4) copy.data[alpha] = 255;
  return copy;
}
