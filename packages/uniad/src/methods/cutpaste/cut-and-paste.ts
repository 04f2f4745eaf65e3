import * as tf from '@tensorflow/tfjs';
import { hostValues } from '@uniad/nn';
import type { Generator } from '@uniad/nn';

/** How much brighter or darker each colour of what is pasted may be. */
const JITTER = 0.1;

/** A rectangle that is cut out, in pixels, and by how much it is turned before it is pasted, in radians. */
export interface Patch {
  readonly height: number;
  readonly width: number;
  readonly angle: number;
}

/** Draws the patch of a picture. */
export type DrawPatch = (generator: Generator, height: number, width: number) => Patch;

const between = (generator: Generator, low: number, high: number) => low + (high - low) * generator.uniform();

/** Between 2 and 15 % of the picture, up to 3.3 times as long as wide: CutPaste. */
export const drawPatch: DrawPatch = (generator, height, width) => {
  const area = between(generator, 0.02, 0.15) * height * width;
  const aspect = generator.integer(2) === 0 ? between(generator, 0.3, 1) : between(generator, 1, 3.3);
  return { height: Math.sqrt(area * aspect), width: Math.sqrt(area / aspect), angle: 0 };
};

/** Side of the pictures that the paper measures scars on. */
const SIDE = 256;

/** Long and thin, and turned by up to 45 degrees: CutPaste (Scar). */
export const drawScar: DrawPatch = (generator, height, width) => {
  const scale = Math.min(height, width) / SIDE;
  const [across, along] = [between(generator, 2, 16), between(generator, 10, 25)];
  const angle = between(generator, -Math.PI / 4, Math.PI / 4);
  return { height: along * scale, width: across * scale, angle };
};

/**
 * Cuts a patch out of each picture, changes its colours a little, and pastes it elsewhere on the same picture. Part of a
 * graph, in which every run draws anew.
 *
 * @param pictures `[batch, height, width, 3]`, values from 0 to 1
 * @returns the same shape
 */
export function cutAndPaste(pictures: tf.Tensor4D, draw: DrawPatch, generator: Generator): tf.Tensor4D {
  const [batch, height, width] = pictures.shape;
  const pixels = batch * height * width;
  const gain = hostValues((values) => void generator.fillUniform(values, 1 - JITTER, 1 + JITTER), [batch, 1, 1, 3], 'float32'); // prettier-ignore
  // Which pixel stands where: those of the pictures, and behind them all once more in the colours of what is pasted.
  const places = hostValues((values) => fillPlaces(values, pictures.shape, draw, generator), [pixels], 'int32');
  const coloured = tf.clipByValue(tf.mul(pictures, gain), 0, 1);
  const both = tf.concat([tf.reshape(pictures, [pixels, 3]), tf.reshape(coloured, [pixels, 3])]);
  return tf.reshape(tf.gather(both, places as tf.Tensor1D), pictures.shape);
}

function fillPlaces(
  places: Int32Array,
  [batch, height, width]: readonly [number, number, number, number],
  draw: DrawPatch,
  generator: Generator,
): void {
  const pixels = places.length;
  for (let pixel = 0; pixel < pixels; pixel++) places[pixel] = pixel;
  for (let picture = 0; picture < batch; picture++) {
    const first = picture * height * width;
    const patch = draw(generator, height, width);
    const from = drawMiddle({ ...patch, angle: 0 }, height, width, generator);
    const to = drawMiddle(patch, height, width, generator);
    const [cos, sin] = [Math.cos(patch.angle), Math.sin(patch.angle)];
    const reach = extent(patch);
    const [top, bottom] = [Math.max(0, Math.ceil(to.row - reach.rows)), Math.min(height - 1, to.row + reach.rows)];
    const [left, right] = [Math.max(0, Math.ceil(to.column - reach.columns)), Math.min(width - 1, to.column + reach.columns)]; // prettier-ignore
    for (let row = top; row <= bottom; row++) {
      for (let column = left; column <= right; column++) {
        const [down, across] = [row - to.row, column - to.column];
        // Turned back, as it was cut out.
        const [own, beside] = [cos * down - sin * across, sin * down + cos * across];
        if (Math.abs(own) > patch.height / 2 || Math.abs(beside) > patch.width / 2) continue;
        const source = clip(from.row + own, height) * width + clip(from.column + beside, width);
        places[first + row * width + column] = pixels + first + source;
      }
    }
  }
}

/** How far a turned patch reaches from its middle. */
function extent({ height, width, angle }: Patch): { readonly rows: number; readonly columns: number } {
  const [cos, sin] = [Math.abs(Math.cos(angle)), Math.abs(Math.sin(angle))];
  return { rows: (cos * height + sin * width) / 2, columns: (sin * height + cos * width) / 2 };
}

/** Where the middle of a patch lies, all of it on the picture. */
function drawMiddle(patch: Patch, height: number, width: number, generator: Generator) {
  const { rows, columns } = extent(patch);
  const middle = (reach: number, side: number) =>
    reach < (side - 1) / 2 ? between(generator, reach, side - 1 - reach) : (side - 1) / 2;
  return { row: middle(rows, height), column: middle(columns, width) };
}

const clip = (place: number, side: number) => Math.min(side - 1, Math.max(0, Math.round(place)));
