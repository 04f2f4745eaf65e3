import * as tf from '@tensorflow/tfjs';
import { preprocessPicture } from '@uniad/datasets';
import type { Picture } from '@uniad/datasets';
import type { Generator } from '@uniad/nn';
import { augment } from './augment.js';

/** The pictures of one step, `[batch, size, size, 3]`: they follow from the generator alone, so no stream has to be saved. */
export function drawBatch(
  { photographs, synthetic }: { readonly photographs: readonly Picture[]; readonly synthetic: readonly Picture[] },
  { batch, size, share }: { readonly batch: number; readonly size: number; readonly share: number },
  generator: Generator,
): tf.Tensor4D {
  const pictures = Array.from({ length: batch }, () => {
    const pool = synthetic.length > 0 && generator.uniform() < share ? synthetic : photographs;
    return augment(pool[generator.integer(pool.length)]!, size, generator);
  });
  return toTensor(pictures, size);
}

/** Pictures as a network takes them: resized, normalised, `[batch, size, size, 3]`. */
export function toTensor(pictures: readonly Picture[], size: number): tf.Tensor4D {
  const values = new Float32Array(pictures.length * size * size * 3);
  pictures.forEach((picture, i) =>
    values.set(preprocessPicture(picture, { imageSize: [size, size] }), i * size * size * 3),
  );
  return tf.tensor4d(values, [pictures.length, size, size, 3]);
}
