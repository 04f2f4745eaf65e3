import type { DefectName } from '../defects/defect.js';
import { fractalNoise, lattice } from '../noise.js';
import type { Random } from '../random.js';
import type { Colour, Surface } from '../surface.js';

/** A part that was made or put together wrongly; other defects happen to the surface of a good part. */
export interface Fault {
  readonly name: 'missing_part' | 'misplaced_part';
  /** Apart from the picture's own numbers, so that all else stays as in the good picture. */
  readonly random: Random;
  /** 0 is hard to see, 1 is plain. */
  readonly severity: number;
}

/** One kind of product. */
export interface Kind {
  readonly name: string;
  readonly defects: readonly DefectName[];
  draw(surface: Surface, random: Random, fault?: Fault): void;
}

/** The matt bench an object lies on. */
export function layBench(surface: Surface, random: Random, colour: Colour, roughness: number): void {
  const seed = random.uint32();
  const mottle = fractalNoise(seed, 2);
  const material = { colour, gloss: 0, metal: 0 };
  surface.each((x, y, i) => {
    const grain = lattice(i, 7, seed);
    surface.lay(
      i,
      1,
      0.0006 * roughness * grain,
      material,
      1 + roughness * (0.02 * mottle(3 * x, 3 * y) + 0.025 * grain),
    );
  });
}
