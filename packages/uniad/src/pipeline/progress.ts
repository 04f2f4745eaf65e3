/** A long task's state, told after each part of it. */
export interface Progress {
  readonly done: number;
  readonly total: number;
}
