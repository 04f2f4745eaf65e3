import * as v from 'valibot';
import { flag } from '../../validate.js';
import type { Group } from '../../validate.js';
import { sharedDefaults, sharedEntries } from '../shared-config.js';

const entries = {
  method: v.literal('nearest'),
  ...sharedEntries,
  /** Whether tokens are whitened first, by their covariance over the training pictures. */
  whiten: flag,
};

/** Describes a search for the nearest neighbor completely. */
export type NearestConfig = Readonly<v.InferOutput<typeof nearestSchema>>;

export const nearestSchema: Group<typeof entries> = v.object(entries);

export const nearestDefaults: NearestConfig = {
  method: 'nearest',
  ...sharedDefaults,
  backbone: { ...sharedDefaults.backbone, stages: [3, 4] },
  neck: { resize: 'average', patchSize: 1 },
  whiten: true,
};
