import { cosineSchedule, stepSchedule } from '@uniad/nn';
import type { Schedule } from '@uniad/nn';
import type { TrainingOptions } from './training-options.js';

/** Share of the epochs after which the step schedule lowers the rate, and by how much (section 4.2: 800 of 1000). */
const [LOWERED_AFTER, LOWERED_BY] = [0.8, 0.1] as const;

/** The learning rate of every step, counted from 0, of a training of so many `batches` an epoch. */
export function learningRateSchedule(
  { learningRate, schedule, warmUp, epochs }: TrainingOptions,
  batches: number,
): Schedule {
  const steps = epochs * batches;
  const rising = Math.floor(warmUp * steps);
  if (schedule === 'cosine') return cosineSchedule({ learningRate, warmUp: rising, steps });
  const lowered = stepSchedule({
    learningRate,
    milestones: [Math.floor(epochs * LOWERED_AFTER) * batches],
    factor: LOWERED_BY,
  });
  return (step) => lowered(step) * Math.min(1, (step + 1) / rising);
}
