import * as v from 'valibot';
import { whole } from '../../validate.js';
import type { Group } from '../../validate.js';
import { requireFrozen, sharedDefaults, sharedEntries } from '../shared-config.js';

const entries = {
  method: v.literal('mkd'),
  ...sharedEntries,
  /** The network that learns from scratch what the backbone makes of good pictures. */
  student: v.object({
    /** Channels of its convolutions, fewer than the teacher's, so that it learns no more than it is shown (section 3.1). */
    width: whole(1),
    /** Convolutions of each stage, before the one that gives the teacher's channels. */
    layers: whole(1),
  }),
};

/** Describes a distilled student completely (Salehi et al. 2021). */
export type MkdConfig = Readonly<v.InferOutput<typeof mkdSchema>>;

export const mkdSchema: Group<typeof entries> = v.object(entries);

/** The score of a picture is its loss (section 3.1), which is the mean of the map. */
export const mkdDefaults: MkdConfig = {
  method: 'mkd',
  ...sharedDefaults,
  featureSize: [28, 28],
  neck: { resize: 'average', patchSize: 1 },
  smoothing: 4,
  imageScore: 'mean',
  student: { width: 16, layers: 2 },
};

/** @throws ConfigError naming a setting that cannot be */
export const checkMkd = (config: MkdConfig): void => requireFrozen(config, 'whose teacher it is');
