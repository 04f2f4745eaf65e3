import type { Random } from './random.js';
import { clamp } from './shapes.js';

const { ceil, floor, max, min } = Math;

/** Linear light, 0 .. 1. */
export type Colour = readonly [red: number, green: number, blue: number];

export interface Material {
  readonly colour: Colour;
  /** 0 is matt, 1 a mirror's sharpness. */
  readonly gloss: number;
  /** 0 for plastic, paint and wood; 1 for bare metal, whose reflections carry its colour. */
  readonly metal: number;
}

/** What a picture is lit from: height, colour and finish of every pixel, seen from straight above. */
export class Surface {
  readonly height: Float32Array;
  readonly colour: Float32Array; // 3 a pixel, linear light
  readonly gloss: Float32Array;
  readonly metal: Float32Array;
  /** How much of a pixel belongs to the part rather than to what it lies on; 1 everywhere for a texture. */
  readonly part: Float32Array;
  /** Width of a pixel. */
  readonly pixel: number;

  constructor(readonly size: number) {
    const pixels = size * size;
    this.height = new Float32Array(pixels);
    this.colour = new Float32Array(3 * pixels);
    this.gloss = new Float32Array(pixels);
    this.metal = new Float32Array(pixels);
    this.part = new Float32Array(pixels);
    this.pixel = 2 / size;
  }

  clone(): Surface {
    const copy = new Surface(this.size);
    for (const layer of ['height', 'colour', 'gloss', 'metal', 'part'] as const) copy[layer].set(this[layer]);
    return copy;
  }

  each(visit: (x: number, y: number, i: number) => void): void {
    for (let row = 0, i = 0; row < this.size; row++) {
      for (let column = 0; column < this.size; column++, i++) {
        visit((column + 0.5) * this.pixel - 1, (row + 0.5) * this.pixel - 1, i);
      }
    }
  }

  /** Visits the pixels of a square around a place, where it lies in the picture. */
  around(x: number, y: number, radius: number, visit: (x: number, y: number, i: number) => void): void {
    const first = (at: number) => max(0, floor((at - radius + 1) / this.pixel));
    const last = (at: number) => min(this.size - 1, ceil((at + radius + 1) / this.pixel));
    for (let row = first(y); row <= last(y); row++) {
      for (let column = first(x); column <= last(x); column++) {
        visit((column + 0.5) * this.pixel - 1, (row + 0.5) * this.pixel - 1, row * this.size + column);
      }
    }
  }

  /** How much of a pixel lies within a signed distance: antialiased edges. */
  coverage(distance: number): number {
    return clamp(0.5 - distance / this.pixel);
  }

  /** Puts a material over `share` of pixel i. */
  lay(i: number, share: number, height: number, material: Material, shade = 1): void {
    if (share <= 0) return;
    this.height[i]! += (height - this.height[i]!) * share;
    this.gloss[i]! += (material.gloss - this.gloss[i]!) * share;
    this.metal[i]! += (material.metal - this.metal[i]!) * share;
    for (let c = 0; c < 3; c++)
      this.colour[3 * i + c]! += (material.colour[c]! * shade - this.colour[3 * i + c]!) * share;
  }

  tint(i: number, share: number, colour: Colour): void {
    for (let c = 0; c < 3; c++) this.colour[3 * i + c]! += (colour[c]! - this.colour[3 * i + c]!) * share;
  }

  shade(i: number, factor: number): void {
    for (let c = 0; c < 3; c++) this.colour[3 * i + c]! *= factor;
  }
}

/** From `#rrggbb`. */
export function colour(hex: string): Colour {
  const channel = (at: number) => (parseInt(hex.slice(at, at + 2), 16) / 255) ** 2.2;
  return [channel(1), channel(3), channel(5)];
}

/** The colour of another batch: a little lighter or darker, a little warmer or colder. */
export function vary(base: Colour, random: Random, amount: number): Colour {
  const light = 1 + amount * random.spread(1);
  return [0, 1, 2].map((c) => clamp(base[c]! * light * (1 + 0.4 * amount * random.spread(1)))) as [
    number,
    number,
    number,
  ];
}
