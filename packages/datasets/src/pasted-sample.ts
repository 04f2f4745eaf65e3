import type { Sample } from './dataset.js';
import { requireWhole } from './synthetic/whole.js';
import type { DecodeOptions, Picture, Size } from './pictures/picture.js';
import { resizeNearest } from './pictures/resize-nearest.js';
import { pasteAnomaly } from './synthetic/paste-anomaly.js';
import type { PastedPicture } from './synthetic/paste-anomaly.js';

/**
 * A set's good pictures with anomalies pasted on them, one each, for where no real defect is at hand: another good picture's texture shows
 * through where Perlin noise is high (DRAEM, section 3.2). The same seed gives the same anomalies.
 *
 * @param good at least one
 * @throws DatasetError for a seed that is no whole number
 */
export function pasteAnomalies(good: readonly Sample[], { seed = 0 }: { readonly seed?: number } = {}): Sample[] {
  requireWhole(seed, 'seed', 0);
  // Far apart, so that the texture is of another kind where there are several.
  const step = Math.floor(good.length / 2) + 1;
  return good.map((sample, i) => new PastedSample(sample, good[(i + step) % good.length]!, `${seed}/${sample.id}`));
}

class PastedSample implements Sample {
  readonly defect = 'pasted';
  readonly anomalous = true;
  readonly hasMask = true;
  readonly split = 'test';
  readonly id: string;
  readonly path: string;
  readonly category: string;

  constructor(
    private readonly good: Sample,
    private readonly texture: Sample,
    private readonly key: string,
  ) {
    this.id = `${good.id}#pasted`;
    this.path = `${good.path}#pasted`;
    this.category = good.category;
  }

  /** The good picture's bytes and which anomaly it is. */
  async content(): Promise<Uint8Array> {
    const parts = [await this.good.content(), await this.texture.content(), new TextEncoder().encode(this.key)];
    const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const part of parts) {
      all.set(part, at);
      at += part.length;
    }
    return all;
  }

  async picture(options?: DecodeOptions): Promise<Picture> {
    return (await this.paste(options)).picture;
  }

  async mask(size: Size): Promise<Uint8Array> {
    const { picture, mask } = await this.paste();
    return resizeNearest(mask, [picture.height, picture.width], size);
  }

  private async paste(options?: DecodeOptions): Promise<PastedPicture> {
    const [picture, texture] = [await this.good.picture(options), await this.texture.picture(options)];
    return pasteAnomaly(picture, texture, this.key);
  }
}
