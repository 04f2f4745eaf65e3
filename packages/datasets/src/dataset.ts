/** One picture of a dataset. */
export interface Sample {
  /** Absolute path of the picture. */
  readonly path: string;
  /** Path below the dataset's folder, with slashes: `screw/test/scratch/000.png`. */
  readonly id: string;
  readonly category: string;
  readonly split: 'train' | 'test';
  /** `good`, or the kind of defect. */
  readonly defect: string;
  readonly anomalous: boolean;
  /** Absolute path of the mask that marks the defect; only anomalous pictures have one. */
  readonly maskPath?: string;
}

/** One kind of part; samples are in natural order of their names. */
export interface Category {
  readonly name: string;
  /** Good pictures to learn from. */
  readonly train: readonly Sample[];
  readonly test: readonly Sample[];
}

/** Pictures by category, in natural order of the categories' names. */
export interface Dataset {
  /** How the folder is laid out: as MVTec-AD, or plain good pictures. */
  readonly layout: 'mvtec' | 'pictures';
  readonly categories: readonly Category[];
}
