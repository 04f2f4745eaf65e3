import { ArgumentError } from './errors.js';

/** The learning rate of an epoch or a step, counted from 0. */
export type Schedule = (index: number) => number;

/** Multiplies the rate by `factor` at each milestone. */
export function stepSchedule({
  learningRate,
  milestones,
  factor,
}: {
  readonly learningRate: number;
  readonly milestones: readonly number[];
  readonly factor: number;
}): Schedule {
  return (index) => learningRate * factor ** milestones.filter((milestone) => index >= milestone).length;
}

/**
 * Rises linearly to the peak over `warmUp` steps, then falls along half a cosine and is zero from `steps` on.
 *
 * @throws ArgumentError unless 0 <= warmUp < steps
 */
export function cosineSchedule({
  learningRate,
  warmUp,
  steps,
}: {
  readonly learningRate: number;
  readonly warmUp: number;
  readonly steps: number;
}): Schedule {
  if (!(warmUp >= 0 && warmUp < steps))
    throw new ArgumentError(`Expected a number from 0 to below steps (${steps}) for warmUp but received ${warmUp}`);
  return (index) => {
    if (index < warmUp) return (learningRate * (index + 1)) / warmUp;
    const progress = Math.min(1, (index - warmUp) / (steps - warmUp));
    return (learningRate * (1 + Math.cos(Math.PI * progress))) / 2;
  };
}
