import type { Threshold } from './model-files.js';

/** Of a model that has seen no good pictures here: nothing is called anomalous until one is set. */
export const NO_THRESHOLD: Threshold = {
  score: Number.MAX_VALUE,
  source: 'not set: a checkpoint has none; `uniad calibrate` sets it',
  mapRange: [0, 1],
};

/** Whether a score is a threshold, and not in the place of one. */
export const isSet = (threshold: number): boolean => threshold < NO_THRESHOLD.score;
