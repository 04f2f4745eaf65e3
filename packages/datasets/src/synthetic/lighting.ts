import { blur } from './blur.js';
import type { Random } from './random.js';
import { clamp, mix, smoothstep } from './shapes.js';
import type { Surface } from './surface.js';

const { cos, max, min, round, sin, sqrt } = Math;

/** A soft box over the bench and the light of the room. */
export interface Light {
  readonly x: number;
  readonly y: number;
  readonly z: number;
  readonly strength: number;
  /** Change of brightness from the middle to the edge, to the right and down. */
  readonly slopeX: number;
  readonly slopeY: number;
}

/** The lamp stays where it is mounted, give or take. */
export function mountedLight(random: Random): Light {
  const around = -2.2 + random.spread(0.22);
  const up = 0.98 + random.spread(0.05);
  return {
    x: cos(around) * cos(up),
    y: sin(around) * cos(up),
    z: sin(up),
    strength: 1 + random.spread(0.07),
    slopeX: random.spread(0.08),
    slopeY: random.spread(0.08),
  };
}

const STEEPEST = 2.5;
/** How far a part of middling height throws its shadow. */
const CAST = 0.14;
/** Crevices and the foot of a part get less of the room's light within this distance. */
const OCCLUSION_REACH = 0.045;

/** Lights a surface: linear RGB, 3 a pixel. */
export function illuminate(surface: Surface, light: Light): Float32Array {
  const { size, pixel, height, colour, gloss, metal } = surface;
  const relief = relaxed(height, size);
  const wide = blur(height, size, max(1, round(OCCLUSION_REACH / pixel)));
  const out = new Float32Array(3 * size * size);
  const castColumns = round((light.x * CAST) / pixel);
  const castRows = round((light.y * CAST) / pixel);
  const last = size - 1;

  for (let row = 0, i = 0; row < size; row++) {
    const up = max(row - 1, 0) * size;
    const down = min(row + 1, last) * size;
    const castRow = clamp(row + castRows, 0, last) * size;
    for (let column = 0; column < size; column++, i++) {
      const left = max(column - 1, 0);
      const right = min(column + 1, last);
      let slopeX = (relief[row * size + right]! - relief[row * size + left]!) / (2 * pixel);
      let slopeY = (relief[down + column]! - relief[up + column]!) / (2 * pixel);
      const steep = slopeX * slopeX + slopeY * slopeY;
      if (steep > STEEPEST * STEEPEST) {
        const ease = STEEPEST / sqrt(steep);
        slopeX *= ease;
        slopeY *= ease;
      }
      const nz = 1 / sqrt(1 + slopeX * slopeX + slopeY * slopeY);
      const nx = -slopeX * nz;
      const ny = -slopeY * nz;

      const high = height[i]!;
      const facing = nx * light.x + ny * light.y + nz * light.z;
      const open = 1 / (1 + 7 * max(0, wide[i]! - high));
      const over = wide[castRow + clamp(column + castColumns, 0, last)]! - high;
      const shadow = 1 - 0.65 * clamp(3.5 * (over - 0.015));
      const diffuse = 0.34 * open * (0.6 + 0.4 * nz) + 0.8 * max(0, facing) * shadow;

      // The camera looks straight down, so the mirrored ray is 2 (n . z) n - z.
      const mirrored = 2 * nz * facing - light.z;
      const finish = gloss[i]!;
      const lamp = mix(0.75 * max(0, 0.3 + 0.7 * mirrored), 1.25 * smoothstep(0.7, 0.97, mirrored), finish);
      const room = 0.16 + 0.2 * nz * nz - 0.12 * finish * clamp(-2 * ny);
      const reflected = (lamp * shadow + room) * open;

      const grazing = 1 - nz;
      const fresnel = 0.04 + 0.5 * grazing * grazing * grazing;
      const bare = metal[i]!;
      const place = light.strength * (1 + light.slopeX * (column * pixel - 1) + light.slopeY * (row * pixel - 1));
      const own = place * ((1 - bare) * diffuse + bare * (1.05 * reflected + 0.12 * diffuse));
      const sheen =
        place * (1 - bare) * finish * (fresnel * reflected + 0.35 * smoothstep(0.93, 0.99, mirrored) * shadow);
      for (let c = 3 * i; c < 3 * i + 3; c++) out[c] = colour[c]! * own + sheen;
    }
  }
  return out;
}

/** Half a pixel of smoothing keeps edges from glinting like stairs while fine grain still catches the light. */
function relaxed(height: Float32Array, size: number): Float32Array {
  const smooth = blur(height, size, max(1, round(size / 256)));
  return smooth.map((value, i) => 0.5 * (value + height[i]!));
}
