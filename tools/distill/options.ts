import { availableParallelism } from 'node:os';
import { Command, InvalidArgumentError } from 'commander';

/** What makes a run: the same options give the same weights on the same device. */
export interface DistillOptions {
  /** A backbone and its weights, NAME=FILE. */
  readonly teacher: string;
  /** Folder of photographs. */
  readonly pictures: string;
  /** Folder of the checkpoint, the log and the weights. */
  readonly out: string;
  readonly steps: number;
  readonly batch: number;
  /** Pixels a side that the networks see; a multiple of 16. */
  readonly size: number;
  /** Peak of the schedule. */
  readonly rate: number;
  readonly warmUp: number;
  readonly weightDecay: number;
  /** Share of synthetic pictures. */
  readonly synthetic: number;
  /** How many synthetic pictures are drawn, half of them with a defect. */
  readonly drawn: number;
  readonly seed: number;
  /** Steps from one checkpoint to the next. */
  readonly every: number;
  /** Threads of a step. */
  readonly threads: number;
}

export function readOptions(argv: readonly string[]): DistillOptions {
  return new Command('distill')
    .description(
      'Trains uniad_tiny to predict the features of another backbone; goes on where a checkpoint in --out stops.',
    )
    .requiredOption('--teacher <name=file>', 'backbone to learn from, and its weights in safetensors')
    .requiredOption('--pictures <folder>', 'folder of photographs')
    .option('--out <folder>', 'folder of the checkpoint, the log and the weights', 'runs/distill')
    .option('--steps <n>', 'steps of training', wholeNumber, 7200)
    .option('--batch <n>', 'pictures a step', wholeNumber, 16)
    .option('--size <pixels>', 'side of the crops, a multiple of 16', wholeNumber, 128)
    .option('--rate <rate>', 'peak learning rate', fraction, 0.003)
    .option('--warm-up <n>', 'steps until the peak', wholeNumber, 100)
    .option('--weight-decay <decay>', 'weight decay of AdamW', fraction, 0.01)
    .option('--synthetic <share>', 'share of synthetic pictures', fraction, 0.25)
    .option('--drawn <n>', 'synthetic pictures to draw', wholeNumber, 120)
    .option('--seed <n>', 'seed of everything random', wholeNumber, 0)
    .option('--every <n>', 'steps from one checkpoint to the next', wholeNumber, 200)
    .option(
      '--threads <n>',
      'threads of a step; on a busy machine one is quickest',
      wholeNumber,
      availableParallelism(),
    )
    .parse([...argv], { from: 'user' })
    .opts<DistillOptions>();
}

function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('Expected a whole number.');
  return Number(text);
}

function fraction(text: string): number {
  const value = Number(text);
  if (!(value >= 0 && value <= 1)) throw new InvalidArgumentError('Expected a number from 0 to 1.');
  return value;
}
