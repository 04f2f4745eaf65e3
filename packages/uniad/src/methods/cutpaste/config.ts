import * as v from 'valibot';
import { ConfigError } from '../../errors.js';
import { oneOf, whole } from '../../validate.js';
import type { Group } from '../../validate.js';
import { sharedDefaults, sharedEntries } from '../shared-config.js';

const entries = {
  method: v.literal('cutpaste'),
  ...sharedEntries,
  /** The perceptron between the mean of a picture's features and the three classes, which is of use in training alone. */
  head: v.object({ layers: whole(0), width: whole(1) }),
  /** `embedding`: how far the mean of a picture's features is from those of good pictures; the others make the score of the map. */
  imageScore: oneOf('embedding', ...sharedEntries.imageScore.options),
};

/** Describes a CutPaste model completely (Li et al. 2021). */
export type CutPasteConfig = Readonly<v.InferOutput<typeof cutPasteSchema>>;

export const cutPasteSchema: Group<typeof entries> = v.object(entries);

export const cutPasteDefaults: CutPasteConfig = {
  method: 'cutpaste',
  ...sharedDefaults,
  backbone: { name: 'efficientnet_b4', stages: [4], frozen: false },
  neck: { resize: 'average', patchSize: 1 },
  smoothing: 4,
  head: { layers: 1, width: 512 },
  imageScore: 'embedding',
};

/** @throws ConfigError for a backbone that is not trained */
export function checkCutPaste({ backbone }: CutPasteConfig): void {
  if (!backbone.frozen) return;
  throw new ConfigError(
    'Expected false for backbone.frozen by the method cutpaste, which learns nothing else, but received true',
  );
}
