import type { ConfigOverrides } from '../config.js';
import type { Complexity } from './complexity.js';
import type { TrainingOverrides } from '../training/training-options.js';

/** AUROC of the paper, from 0 to 1: of pictures (detection) and of pixels (localization). */
export interface PaperFigures {
  readonly detection?: number;
  readonly localization?: number;
}

/** A row of one of the paper's tables: what is changed of the paper's model, and what came of it. */
export interface Row {
  readonly name: string;
  readonly config?: ConfigOverrides;
  readonly training?: TrainingOverrides;
  /** What `--quick` changes beside, for a model that is large as it is. */
  readonly quick?: ConfigOverrides;
  /** One model for all categories, or one a category whose figures are averaged (section 4.2). */
  readonly setting?: 'unified' | 'separate';
  /** CIFAR-10's normal classes, in the order of their sorted names (section 4.4); absent for the industrial data. */
  readonly normalClasses?: readonly number[];
  /** Evaluates so many times while training, for a curve (figure 2a). */
  readonly curve?: boolean;
  /** Counted instead of trained: what the paper says of its cost. */
  readonly complexity?: Complexity;
  readonly paper: PaperFigures;
  /** Of single categories, where the paper's table has them. */
  readonly paperByCategory?: Readonly<Record<string, PaperFigures>>;
}

/** One of the paper's tables or figures as data: a researcher copies it and changes its rows. */
export interface Table {
  /** As on the command line: `5a`. */
  readonly id: string;
  readonly title: string;
  readonly rows: readonly Row[];
}
