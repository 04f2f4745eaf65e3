import { blur } from './blur.js';
import type { Random } from './random.js';
import { clamp, mix, smoothstep } from './shapes.js';
import type { Surface } from './surface.js';

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
    x: Math.cos(around) * Math.cos(up),
    y: Math.sin(around) * Math.cos(up),
    z: Math.sin(up),
    strength: 1 + random.spread(0.07),
    slopeX: random.spread(0.08),
    slopeY: random.spread(0.08),
  };
}

const STEEPEST = 2.5;
/** Crevices and the foot of a part get less of the room's light within this distance. */
const OCCLUSION_REACH = 0.045;

/** Lights a surface: linear RGB, 3 a pixel. */
export function illuminate(surface: Surface, light: Light): Float32Array {
  const { size, pixel, height, colour, gloss, metal } = surface;
  const smooth = blur(height, size, Math.max(1, Math.round(size / 256)));
  const wide = blur(height, size, Math.max(1, Math.round(OCCLUSION_REACH / pixel)));
  const out = new Float32Array(3 * size * size);
  const shadowColumn = Math.round((light.x * 0.06) / pixel);
  const shadowRow = Math.round((light.y * 0.06) / pixel);
  const at = (row: number, column: number) => clamp(row, 0, size - 1) * size + clamp(column, 0, size - 1);

  for (let row = 0, i = 0; row < size; row++) {
    for (let column = 0; column < size; column++, i++) {
      let slopeX = (fine(height, smooth, at(row, column + 1)) - fine(height, smooth, at(row, column - 1))) / (2 * pixel);
      let slopeY = (fine(height, smooth, at(row + 1, column)) - fine(height, smooth, at(row - 1, column))) / (2 * pixel);
      const steep = Math.sqrt(slopeX * slopeX + slopeY * slopeY);
      if (steep > STEEPEST) {
        slopeX *= STEEPEST / steep;
        slopeY *= STEEPEST / steep;
      }
      const nz = 1 / Math.sqrt(1 + slopeX * slopeX + slopeY * slopeY);
      const nx = -slopeX * nz;
      const ny = -slopeY * nz;

      const facing = nx * light.x + ny * light.y + nz * light.z;
      const open = 1 / (1 + 7 * Math.max(0, wide[i]! - height[i]!));
      const shadow = 1 - 0.6 * clamp(5 * (wide[at(row + shadowRow, column + shadowColumn)]! - height[i]! - 0.01));
      const diffuse = 0.34 * open * (0.6 + 0.4 * nz) + 0.8 * Math.max(0, facing) * shadow;

      // The camera looks straight down, so the mirrored ray is 2 (n . z) n - z.
      const mirrored = 2 * nz * facing - light.z;
      const upward = 2 * nz * nz - 1;
      const finish = gloss[i]!;
      const lamp = mix(0.75 * Math.max(0, 0.3 + 0.7 * mirrored), 1.25 * smoothstep(0.7, 0.97, mirrored), finish);
      const room = 0.16 + 0.2 * clamp(0.5 + 0.5 * upward) - 0.12 * finish * clamp(-ny * 2);
      const reflected = (lamp * shadow + room) * open;

      const fresnel = 0.04 + 0.5 * (1 - nz) ** 3;
      const place = light.strength * (1 + light.slopeX * (column * pixel - 1) + light.slopeY * (row * pixel - 1));
      const bare = metal[i]!;
      const own = (1 - bare) * diffuse + bare * (1.05 * reflected + 0.12 * diffuse);
      const sheen = (1 - bare) * finish * (fresnel * reflected + 0.35 * smoothstep(0.93, 0.99, mirrored) * shadow);
      for (let c = 0; c < 3; c++) out[3 * i + c] = place * (colour[3 * i + c]! * own + sheen);
    }
  }
  return out;
}

/** Half a pixel of smoothing keeps edges from glinting like stairs while fine grain still catches the light. */
function fine(height: Float32Array, smooth: Float32Array, i: number): number {
  return 0.5 * (height[i]! + smooth[i]!);
}
