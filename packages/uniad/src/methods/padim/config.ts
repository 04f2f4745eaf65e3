import * as v from 'valibot';
import { ConfigError } from '../../errors.js';
import { channelsOf } from '../../pipeline/backbones.js';
import { that, whole } from '../../validate.js';
import type { Group } from '../../validate.js';
import { requireFrozen, sharedDefaults, sharedEntries } from '../shared-config.js';

const entries = {
  method: v.literal('padim'),
  ...sharedEntries,
  /** Channels of the features that are kept, drawn at random (section III-A). */
  channels: whole(1),
  /** Added to the variance of every channel, so that few pictures give a covariance that can be inverted (equation 1). */
  regularization: that<number>('a number above 0', (value) => Number.isFinite(value) && (value as number) > 0),
};

/** Describes a PaDiM model completely (Defard et al. 2021). */
export type PadimConfig = Readonly<v.InferOutput<typeof padimSchema>>;

export const padimSchema: Group<typeof entries> = v.object(entries);

/** The paper's model on ResNet-18 (section IV-C), and the smoothing of section IV-D. */
export const padimDefaults: PadimConfig = {
  method: 'padim',
  ...sharedDefaults,
  backbone: { name: 'resnet18', stages: [1, 2, 3], frozen: true },
  featureSize: [56, 56],
  neck: { resize: 'average', patchSize: 1 },
  smoothing: 4,
  imageScore: 'max-pixel',
  channels: 100,
  regularization: 0.01,
};

/** @throws ConfigError naming two settings that do not go together */
export function checkPadim(config: PadimConfig): void {
  requireFrozen(config);
  const { backbone, channels } = config;
  const there = channelsOf(backbone);
  if (channels > there) {
    throw new ConfigError(
      `Expected at most the ${there} channels of ${backbone.name}'s stages ${backbone.stages.join(', ')} for channels but received ${channels}`,
    );
  }
}
