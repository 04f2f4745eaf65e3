import type { Dataset, PictureError } from '@uniad/datasets';
import type { Device } from '../device/device.js';
import type { EpochLog, StepProgress } from '../training/gradient-descent.js';
import type { Progress } from './progress.js';

/** What happens during a training, for whoever shows it. */
export type TrainEvent =
  | ({ readonly type: 'weights' } & Progress)
  | { readonly type: 'device'; readonly device: Device }
  /** Of the bytes of an archive. */
  | ({ readonly type: 'extracting' } & Progress)
  /** What was found in the data. */
  | { readonly type: 'data'; readonly dataset: Dataset }
  | ({ readonly type: 'checking' } & Progress)
  /** Pictures that are skipped because they cannot be read. */
  | { readonly type: 'unreadable'; readonly pictures: readonly PictureError[] }
  | {
      readonly type: 'pictures';
      readonly train: number;
      readonly heldOut: number;
      /** Models that are trained once more, each without a part of the pictures, to set the thresholds by them; 0 for none. */
      readonly folds: number;
      readonly categories: readonly string[];
    }
  /** Something unusual about the data, in words. */
  | { readonly type: 'warning'; readonly message: string }
  | { readonly type: 'resumed'; readonly epoch: number }
  | ({ readonly type: 'features' } & Progress)
  /** Of a method that learns in closed form. */
  | ({ readonly type: 'fitting' } & Progress)
  /** How far the training without a part of the pictures has come. */
  | ({ readonly type: 'fold'; readonly fold: number; readonly folds: number } & Progress)
  | ({ readonly type: 'step'; readonly epochs: number } & StepProgress)
  | { readonly type: 'epoch'; readonly log: EpochLog; readonly epochs: number };
