import type { Category } from './dataset.js';

/** How many pictures a category has, and what for. */
export interface PictureCounts {
  readonly category: string;
  /** Good pictures to learn from. */
  readonly train: number;
  /** Of the test pictures. */
  readonly good: number;
  readonly anomalous: number;
  /** Anomalous pictures whose mask is there. */
  readonly masks: number;
}

/** What was found of each category. */
export function countPictures(categories: readonly Category[]): PictureCounts[] {
  return categories.map(({ name, train, test }) => {
    const anomalous = test.filter((sample) => sample.anomalous);
    return {
      category: name,
      train: train.length,
      good: test.length - anomalous.length,
      anomalous: anomalous.length,
      masks: anomalous.filter(({ hasMask }) => hasMask).length,
    };
  });
}
