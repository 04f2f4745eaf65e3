import * as v from 'valibot';
import { oneOf, whole } from '../../validate.js';
import type { Group } from '../../validate.js';
import { coresetEntry } from '../memory/coreset-config.js';
import { sharedDefaults, sharedEntries } from '../shared-config.js';

const entries = {
  method: v.literal('patchcore'),
  ...sharedEntries,
  coreset: coresetEntry,
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
