import type { Random } from './random.js';

/** How a part lies under the camera; turns places of the picture into places on the part. */
export class Pose {
  private readonly cosine: number;
  private readonly sine: number;

  constructor(
    readonly x: number,
    readonly y: number,
    readonly turn: number,
    readonly scale: number,
  ) {
    this.cosine = Math.cos(turn) / scale;
    this.sine = Math.sin(turn) / scale;
  }

  u(x: number, y: number): number {
    return (x - this.x) * this.cosine + (y - this.y) * this.sine;
  }

  v(x: number, y: number): number {
    return (y - this.y) * this.cosine - (x - this.x) * this.sine;
  }
}

/** Parts are laid down by a feeder, not by hand: near the middle, nearly straight. */
export function feederPose(random: Random, turn: number): Pose {
  return new Pose(random.spread(0.05), random.spread(0.05), random.spread(turn), random.between(0.96, 1.04));
}
