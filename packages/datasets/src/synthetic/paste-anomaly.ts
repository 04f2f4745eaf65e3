import type { Picture } from '../pictures/picture.js';
import { resizeNearest } from '../pictures/resize-nearest.js';
import { perlinMask } from './perlin-mask.js';
import { Random } from './random.js';

/** Side of a mask as it is drawn; a picture may be much larger. */
const MASK_SIDE = 256;

/** A picture with an anomaly pasted on it, and where. */
export interface PastedPicture {
  readonly picture: Picture;
  /** 1 where the anomaly is, 0 elsewhere, `[height, width]`. */
  readonly mask: Uint8Array;
}

/**
 * Pastes an anomaly on a good picture: another one's texture, turned, shifted and in other colours, shows through where Perlin noise is high
 * (DRAEM, section 3.2).
 *
 * @param texture whose pixels are pasted
 * @param key the same key gives the same anomaly
 */
export function pasteAnomaly(picture: Picture, texture: Picture, key: string): PastedPicture {
  const random = new Random(`paste/${key}`);
  const { width, height } = picture;
  const mask = resizeNearest(perlinMask(MASK_SIDE, random), [MASK_SIDE, MASK_SIDE], [height, width]);
  const opacity = random.between(0.2, 1);
  const [left, top] = [random.integer(texture.width), random.integer(texture.height)];
  const [flip, turn] = [random.sign(), random.uniform() < 0.5];
  const gain = [0, 1, 2].map(() => random.between(0.6, 1.4));
  const offset = 40 * random.spread(1);
  const wrap = (at: number, length: number) => ((at % length) + length) % length;
  const data = picture.data.slice();
  for (let i = 0; i < mask.length; i++) {
    if (!mask[i]) continue;
    const [x, y] = [i % width, Math.floor(i / width)];
    const [u, v] = turn ? [y, x] : [x, y];
    const source = wrap(top + v, texture.height) * texture.width + wrap(left + flip * u, texture.width);
    for (let channel = 0; channel < 3; channel++) {
      const pasted = texture.data[3 * source + channel]! * gain[channel]! + offset;
      const mixed = (1 - opacity) * data[3 * i + channel]! + opacity * pasted;
      data[3 * i + channel] = Math.round(Math.min(255, Math.max(0, mixed)));
    }
  }
  return { picture: { width, height, data }, mask };
}
