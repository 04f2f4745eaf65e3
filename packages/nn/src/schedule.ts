/** The learning rate of an epoch or a step, both counted from 0. */
export type Schedule = (index: number) => number;

/** Multiplies the rate by `factor` at each milestone. */
export function stepSchedule({ learningRate, milestones, factor }: { readonly learningRate: number; readonly milestones: readonly number[]; readonly factor: number }): Schedule {
  return (index) => learningRate * factor ** milestones.filter((milestone) => index >= milestone).length;
}

/** Rises linearly over `warmUp` steps to the peak, then falls to zero at `steps` along half a cosine. */
export function cosineSchedule({ learningRate, warmUp, steps }: { readonly learningRate: number; readonly warmUp: number; readonly steps: number }): Schedule {
  return (index) => {
    if (index < warmUp) return (learningRate * (index + 1)) / warmUp;
    const progress = Math.min(1, (index - warmUp) / Math.max(1, steps - warmUp));
    return (learningRate * (1 + Math.cos(Math.PI * progress))) / 2;
  };
}
