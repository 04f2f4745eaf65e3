import * as tf from '@tensorflow/tfjs';
import { perlinMask } from '@uniad/datasets';
import { hostValues } from '@uniad/nn';
import type { Generator } from '@uniad/nn';

/** Share of the pictures that are left as they are. */
const GOOD = 0.5;

/** How much of the texture shows: β of equation 3. */
const [LEAST_OPACITY, MOST_OPACITY] = [0.1, 1] as const;

/** What each colour of a texture is multiplied with. */
const [LEAST_GAIN, MOST_GAIN] = [0.6, 1.4] as const;

/** Pictures, and where anomalies were made on them. */
export interface Simulated {
  /** `[batch, height, width, 3]` */
  readonly pictures: tf.Tensor4D;
  /** 1 where an anomaly is, 0 elsewhere: `[batch, height, width, 1]`. */
  readonly mask: tf.Tensor4D;
}

/**
 * Makes anomalies on half of the good pictures: another picture's texture, moved, mirrored and in other colours, shows through where Perlin
 * noise is high (section 3.2). Part of a graph, in which every run draws anew.
 *
 * @param good `[batch, height, width, 3]`, values from 0 to 1
 */
export function simulateAnomalies(good: tf.Tensor4D, generator: Generator): Simulated {
  const [batch, height, width] = good.shape;
  const mask = hostValues((values) => fillMasks(values, good.shape, generator), [batch, height, width, 1], 'float32');
  const uniform = (shape: readonly number[], low: number, high: number) =>
    hostValues((values) => void generator.fillUniform(values, low, high), shape, 'float32');
  const opacity = uniform([batch, 1, 1, 1], LEAST_OPACITY, MOST_OPACITY);
  const gain = uniform([batch, 1, 1, 3], LEAST_GAIN, MOST_GAIN);
  const others = hostValues((values) => fillOthers(values, generator), [batch], 'int32');
  const [rows, columns] = [height, width].map((side) =>
    hostValues((values) => fillMoved(values, generator), [side], 'int32'),
  ) as [tf.Tensor1D, tf.Tensor1D];
  const texture = tf.gather(tf.gather(tf.gather(good, others as tf.Tensor1D), rows, 1), columns, 2);
  const coloured = tf.clipByValue(tf.mul(texture, gain), 0, 1);
  const shows = tf.mul(mask, opacity);
  const pictures = tf.add(tf.mul(good, tf.sub(1, shows)), tf.mul(coloured, shows)); // Equation 3.
  return { pictures: pictures as tf.Tensor4D, mask: mask as tf.Tensor4D };
}

function fillMasks(
  values: Float32Array,
  [batch, height, width]: readonly [number, number, number, number],
  generator: Generator,
): void {
  const side = Math.max(height, width);
  values.fill(0);
  for (let picture = 0, at = 0; picture < batch; picture++, at += height * width) {
    if (generator.uniform() < GOOD) continue;
    const mask = perlinMask(side, generator);
    for (let row = 0; row < height; row++) values.set(mask.subarray(row * side, row * side + width), at + row * width);
  }
}

/** For each picture which other one's texture it gets; its own where it is alone. */
function fillOthers(values: Int32Array, generator: Generator): void {
  const step = values.length > 1 ? 1 + generator.integer(values.length - 1) : 0;
  values.forEach((_, i) => (values[i] = (i + step) % values.length));
}

/** Places along a side, moved around and mirrored in half of all cases. */
function fillMoved(values: Int32Array, generator: Generator): void {
  const { length } = values;
  const [by, mirrored] = [generator.integer(length), generator.integer(2) === 1];
  values.forEach((_, i) => (values[i] = (by + (mirrored ? length - i : i)) % length));
}
