import * as v from 'valibot';
import { oneOf, that, whole } from '../../validate.js';
import type { Group } from '../../validate.js';
import { sharedDefaults, sharedEntries } from '../shared-config.js';

const isBetween = (value: unknown, low: number, high: number) =>
  typeof value === 'number' && value > low && value <= high;

const entries = {
  method: v.literal('patchcore'),
  ...sharedEntries,
  coreset: v.object({
    /** Share of the patches that the memory bank keeps (section 3.2). */
    ratio: that<number>('a number above 0 and up to 1', (value) => isBetween(value, 0, 1)),
    /**
     * By how much the random projection in which they are chosen may stretch or shrink a squared distance (Johnson and
     * Lindenstrauss); where that takes no fewer channels than there are, they are chosen in the features as they are.
     */
    epsilon: that<number>('a number above 0 and below 1', (value) => isBetween(value, 0, 1) && value !== 1),
  }),
  /** Patches of the bank around the nearest one that say how crowded it is there: b of equation 7. */
  neighbors: whole(2),
  /** `reweighted`: by equation 7; the others make the score of the map. */
  imageScore: oneOf('reweighted', ...sharedEntries.imageScore.options),
};

/** Describes a PatchCore model completely (Roth et al. 2022). */
export type PatchCoreConfig = Readonly<v.InferOutput<typeof patchCoreSchema>>;

export const patchCoreSchema: Group<typeof entries> = v.object(entries);

/** The paper's model at 224 pixels (section 4.1), its coreset of a tenth, and the smoothing of its code. */
export const patchCoreDefaults: PatchCoreConfig = {
  method: 'patchcore',
  ...sharedDefaults,
  backbone: { name: 'wide_resnet50_2', stages: [2, 3], frozen: true },
  featureSize: [28, 28],
  neck: { resize: 'average', patchSize: 3 },
  smoothing: 4,
  coreset: { ratio: 0.1, epsilon: 0.9 },
  neighbors: 9,
  imageScore: 'reweighted',
};
