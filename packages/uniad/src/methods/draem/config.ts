import * as v from 'valibot';
import { ConfigError } from '../../errors.js';
import { whole } from '../../validate.js';
import type { Group } from '../../validate.js';
import { requireFrozen, sharedDefaults, sharedEntries } from '../shared-config.js';

const entries = {
  method: v.literal('draem'),
  ...sharedEntries,
  /** Channels of the first convolutions of both networks; deeper ones have up to eight times as many. */
  widths: v.object({ reconstructive: whole(1), discriminative: whole(1) }),
};

/** Describes a DRAEM model completely (Zavrtanik et al. 2021). */
export type DraemConfig = Readonly<v.InferOutput<typeof draemSchema>>;

export const draemSchema: Group<typeof entries> = v.object(entries);

/** The authors' networks and picture size. The backbone does nothing but tell kinds of parts apart. */
export const draemDefaults: DraemConfig = {
  method: 'draem',
  ...sharedDefaults,
  imageSize: [256, 256],
  widths: { reconstructive: 128, discriminative: 64 },
};

/** The discriminative network halves a picture five times. */
const STRIDE = 32;

/** @throws ConfigError naming a setting that cannot be */
export function checkDraem(config: DraemConfig): void {
  requireFrozen(config, 'which learns from pictures alone');
  const { imageSize } = config;
  if (imageSize.every((side) => side % STRIDE === 0)) return;
  throw new ConfigError(
    `Expected multiples of ${STRIDE} for imageSize by the method draem but received ${imageSize.join('x')}`,
  );
}
