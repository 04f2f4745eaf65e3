import type { NamedTensor } from '@uniad/nn';
import { picturesByKind, sourceOfPictures } from '../../training/feature-source.js';
import type { FeatureSource } from '../../training/feature-source.js';
import { bankSizeOfKind } from './bank-size.js';
import type { CoresetConfig } from './coreset-config.js';
import { remember } from './remember.js';
import type { RememberOptions } from './remember.js';

/**
 * A memory bank of each kind of part, all of one size: a kind whose good parts vary little would have next to nothing in a bank
 * that all share, for what is farthest from everything else is chosen first. A kind with fewer tokens than that has some twice.
 *
 * @returns `[kinds, patches, channels]`, the kinds in the order of their first pictures
 * @throws the signal's reason when it is aborted
 */
export async function rememberKinds(
  source: FeatureSource,
  { ratio, onProgress, ...options }: Omit<RememberOptions, 'size'> & CoresetConfig,
): Promise<NamedTensor> {
  const kinds = picturesByKind(source);
  const channels = options.map?.channels ?? source.shape[2];
  const perPicture = source.shape[0] * source.shape[1];
  const size = bankSizeOfKind(Math.floor((source.length * perPicture) / kinds.length), ratio, kinds.length);
  const data = new Float32Array(kinds.length * size.kept * channels);
  for (const [kind, pictures] of kinds.entries()) {
    const tokens = pictures.length * perPicture;
    const own = { candidates: Math.min(size.candidates, tokens), kept: Math.min(size.kept, tokens) };
    const bank = await remember(sourceOfPictures(source, pictures), {
      ...options,
      size: own,
      onProgress: onProgress && (({ done, total }) => onProgress({ done: kind * total + done, total: kinds.length * total })), // prettier-ignore
    });
    const start = kind * size.kept * channels;
    for (let at = 0; at < size.kept * channels; at += bank.data.length) {
      data.set(bank.data.subarray(0, size.kept * channels - at) as Float32Array, start + at);
    }
  }
  return { shape: [kinds.length, size.kept, channels], data };
}
