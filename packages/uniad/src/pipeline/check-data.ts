import { readable, sharedPictures } from '@uniad/datasets';
import type { Dataset, PictureError } from '@uniad/datasets';
import type { Progress } from './progress.js';

/** What is done about a picture that cannot be read: end the work and name it, or go on without it. */
export type Unreadable = 'refuse' | 'skip';

export interface WithoutUnreadableOptions {
  /** Which pictures are used; the others are not tried. */
  readonly splits: readonly ('train' | 'test')[];
  readonly onProgress?: (progress: Progress) => void;
  readonly signal?: AbortSignal | undefined;
}

/** The data set without the pictures that cannot be read, and these; test pictures are tried with their masks. */
export async function withoutUnreadable(
  dataset: Dataset,
  { splits, onProgress, signal }: WithoutUnreadableOptions,
): Promise<{ dataset: Dataset; unreadable: PictureError[] }> {
  const all = dataset.categories.flatMap((category) => splits.flatMap((split) => category[split]));
  const found = await readable(all, { masks: true, ...(onProgress && { onProgress }), ...(signal && { signal }) });
  const kept = new Set(found.readable);
  const categories = dataset.categories.map((category) => ({
    ...category,
    ...Object.fromEntries(splits.map((split) => [split, category[split].filter((sample) => kept.has(sample))])),
  }));
  return { dataset: { ...dataset, categories }, unreadable: found.unreadable };
}

/** Says which test pictures are training pictures too; undefined where none is. */
export async function saySharedPictures({ categories }: Dataset, signal?: AbortSignal): Promise<string | undefined> {
  const [first, ...more] = await sharedPictures(categories, signal);
  if (!first) return undefined;
  const are = more.length === 0 ? 'test picture is a training picture' : 'test pictures are training pictures';
  const example = `${first.test.id} is ${first.train.id}`;
  return `${more.length + 1} ${are} too, byte for byte, so that the figures flatter: ${example}${more.length > 0 ? ', ...' : ''}`;
}
