import { heatColours, heatOutline } from '../draw/colour-map.js';
import type { HeatScale } from '../draw/colour-map.js';
import type { Size } from '../methods/shared-config.js';
import { contextOf } from './pixels-of.js';

/**
 * Draws the picture with its anomaly map laid over it, in the colours of the command's heat maps; the canvas takes the
 * picture's size.
 *
 * @param map `[height, width]` of `mapSize`, stretched over the picture
 */
export function drawOnCanvas(
  canvas: HTMLCanvasElement | OffscreenCanvas,
  picture: ImageData,
  map: Float32Array,
  [rows, columns]: Size,
  scale: HeatScale,
): void {
  const { width, height } = picture;
  Object.assign(canvas, { width, height });
  const context = contextOf(canvas);
  context.putImageData(picture, 0, 0);
  const heat = new OffscreenCanvas(columns, rows);
  contextOf(heat).putImageData(new ImageData(heatColours(map, scale), columns, rows), 0, 0);
  context.drawImage(heat, 0, 0, width, height);
  if (scale.threshold === undefined) return;
  const outline = new Path2D();
  const toPicture = new DOMMatrix([width / columns, 0, 0, height / rows, 0, 0]);
  outline.addPath(new Path2D(heatOutline(map, [rows, columns], scale.threshold)), toPicture);
  // A line that shows on any ground: light within dark.
  const thickness = Math.max(1.5, Math.hypot(width, height) / 260);
  for (const [colour, lineWidth] of [
    ['#000', thickness + Math.max(2, thickness)],
    ['#fff', thickness],
  ] as const) {
    Object.assign(context, { strokeStyle: colour, lineWidth, lineCap: 'round' });
    context.stroke(outline);
  }
}
