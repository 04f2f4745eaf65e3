import type { Picture } from '@uniad/datasets';
import sharp from 'sharp';
import type { Size } from '../methods/shared-config.js';

/** Heat from nothing over yellow to red: at each fraction, colour and opacity. */
const STOPS = [
  { at: 0, colour: [255, 237, 100], opacity: 0 },
  { at: 0.25, colour: [255, 225, 70], opacity: 0.35 },
  { at: 0.5, colour: [255, 140, 20], opacity: 0.6 },
  { at: 1, colour: [215, 0, 30], opacity: 0.8 },
] as const;

/** `[height, width]` map values as RGBA of the same size: transparent up to `low`, red from `high` on. */
function colour(map: Float32Array, [low, high]: readonly [number, number]): Uint8Array {
  const pixels = new Uint8Array(map.length * 4);
  map.forEach((value, i) => {
    const heat = Math.min(1, Math.max(0, (value - low) / (high - low)));
    const upper = STOPS.findIndex((stop, s) => s > 0 && heat <= stop.at);
    const [from, to] = [STOPS[upper - 1]!, STOPS[upper]!];
    const share = (heat - from.at) / (to.at - from.at);
    for (let c = 0; c < 3; c++) pixels[4 * i + c] = from.colour[c]! + share * (to.colour[c]! - from.colour[c]!);
    pixels[4 * i + 3] = 255 * (from.opacity + share * (to.opacity - from.opacity));
  });
  return pixels;
}

/**
 * The picture with its anomaly map laid over it, as a PNG of the picture's size.
 *
 * @param map `[height, width]` of `mapSize`, stretched over the picture
 * @param range map values drawn as nothing and as the strongest heat
 */
export async function drawHeatMap(
  picture: Picture,
  map: Float32Array,
  mapSize: Size,
  range: readonly [number, number],
): Promise<Buffer> {
  const { width, height, data } = picture;
  const heat = await sharp(colour(map, range), { raw: { width: mapSize[1], height: mapSize[0], channels: 4 } })
    .resize(width, height, { fit: 'fill', kernel: 'linear' })
    .png()
    .toBuffer();
  return sharp(data, { raw: { width, height, channels: 3 } })
    .composite([{ input: heat }])
    .png()
    .toBuffer();
}

/**
 * Picture, heat map and mask side by side, as a PNG three pictures wide.
 *
 * @param mask `[height, width]` of `mapSize`, 1 where the picture is known to be anomalous
 */
export async function drawComparison(
  picture: Picture,
  map: Float32Array,
  mask: Uint8Array,
  mapSize: Size,
  range: readonly [number, number],
): Promise<Buffer> {
  const { width, height, data } = picture;
  const truth = await sharp(
    mask.map((value) => value * 255),
    { raw: { width: mapSize[1], height: mapSize[0], channels: 1 } },
  )
    .resize(width, height, { fit: 'fill', kernel: 'nearest' })
    .png()
    .toBuffer();
  return sharp(data, { raw: { width, height, channels: 3 } })
    .extend({ right: 2 * width })
    .composite([
      { input: await drawHeatMap(picture, map, mapSize, range), left: width, top: 0 },
      { input: truth, left: 2 * width, top: 0 },
    ])
    .png()
    .toBuffer();
}
