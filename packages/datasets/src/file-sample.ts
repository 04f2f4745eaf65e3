import type { MaskOptions, Sample } from './dataset.js';
import { readMask } from './masks/read-mask.js';
import { refuseUnknownOptions } from './options.js';
import { decodePicture } from './pictures/decode-picture.js';
import { limitsOf, namingPicture, openPicture, openSharp, readLimited } from './pictures/picture-file.js';
import type { DecodeOptions, Extent, Picture, PictureLimits, Size } from './pictures/picture.js';
import { extentOf, readWide } from './pictures/wide-values.js';

/** What a {@link FileSample} is made of. */
export interface FileSampleFields {
  readonly id: string;
  readonly path: string;
  readonly category: string;
  readonly split: 'train' | 'test';
  readonly defect: string;
  readonly anomalous: boolean;
  /** Paths of the masks; what any of them marks is defect. */
  readonly masks?: readonly string[];
}

/** A picture that is a file of its own, and so is its mask. */
export class FileSample implements Sample {
  readonly id: string;
  readonly path: string;
  readonly category: string;
  readonly split: 'train' | 'test';
  readonly defect: string;
  readonly anomalous: boolean;
  /** Absolute paths; empty for a good picture. */
  readonly masks: readonly string[];

  constructor(fields: FileSampleFields) {
    this.id = fields.id;
    this.path = fields.path;
    this.category = fields.category;
    this.split = fields.split;
    this.defect = fields.defect;
    this.anomalous = fields.anomalous;
    this.masks = fields.anomalous ? (fields.masks ?? []) : [];
  }

  get hasMask(): boolean {
    return !this.anomalous || this.masks.length > 0;
  }

  content(): Promise<Uint8Array> {
    return namingPicture(this.path, () => readLimited(this.path, limitsOf().maxBytes));
  }

  picture(options?: DecodeOptions): Promise<Picture> {
    return decodePicture(this.path, options);
  }

  async mask(size: Size, options: MaskOptions = {}): Promise<Uint8Array | undefined> {
    refuseUnknownOptions(options, ['limits', 'onWarning']);
    const limits = limitsOf(options.limits);
    if (!this.anomalous) return new Uint8Array(size[0] * size[1]);
    if (this.masks.length === 0) return undefined;
    const { id, path, masks } = this;
    return readMask({ id, picture: path, masks }, size, limits, options.onWarning ?? console.warn);
  }

  extent(limits?: PictureLimits): Promise<Extent | undefined> {
    const checked = limitsOf(limits);
    return namingPicture(this.path, async () => {
      const file = await openPicture(this.path, checked);
      if (file.format === 'BMP') return undefined;
      const wide = await readWide(file, await openSharp(file.bytes, checked.maxPixels));
      return wide && extentOf(wide);
    });
  }
}
