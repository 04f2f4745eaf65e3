import { lattice } from './noise.js';
import type { Random } from './random.js';

const { floor, max, min, tanh } = Math;

/** What one exposure does to the light. */
export interface Camera {
  readonly exposure: number;
  /** Weight of a pixel's neighbours: a lens is never quite in focus. */
  readonly softness: number;
  readonly vignette: number;
  readonly grain: number;
  readonly seed: number;
}

export function mountedCamera(random: Random): Camera {
  return {
    exposure: 1 + random.spread(0.05),
    softness: random.between(0.1, 0.2),
    vignette: random.between(0.04, 0.1),
    grain: random.between(1.2, 2.4),
    seed: random.uint32(),
  };
}

/** Linear light to display values 0 .. 255, blurred by the lens, without grain. */
export function expose(linear: Float32Array, size: number, camera: Camera): Float32Array {
  const across = soften(linear, 3, camera.softness);
  const both = soften(across, 3 * size, camera.softness);
  for (let row = 0, i = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      const x = (2 * column) / size - 1;
      const y = (2 * row) / size - 1;
      const gain = camera.exposure * (1 - camera.vignette * 0.5 * (x * x + y * y));
      for (let c = 0; c < 3; c++, i++) both[i] = display(both[i]! * gain);
    }
  }
  return both;
}

/** Rounds to bytes, with the sensor's grain. */
export function develop(display: Float32Array, size: number, camera: Camera): Uint8Array {
  const bytes = new Uint8Array(display.length);
  for (let i = 0; i < size * size; i++) {
    const shared = lattice(i, 0, camera.seed) + lattice(i, 1, camera.seed);
    for (let c = 0; c < 3; c++) {
      const grain = camera.grain * (shared + 0.6 * lattice(i, 2 + c, camera.seed));
      bytes[3 * i + c] = max(0, min(255, display[3 * i + c]! + grain + 0.5));
    }
  }
  return bytes;
}

function soften(values: Float32Array, stride: number, weight: number): Float32Array {
  const out = new Float32Array(values);
  const centre = 1 - 2 * weight;
  // Rows run on into each other at their ends, which a picture's outermost pixels can bear.
  for (let i = stride; i < values.length - stride; i++) {
    out[i] = centre * values[i]! + weight * (values[i - stride]! + values[i + stride]!);
  }
  return out;
}

const STEPS = 4096;
const BRIGHTEST = 2;
/** Gamma 2.2 with a shoulder, so that highlights roll off rather than clip. */
const curve = Float32Array.from({ length: STEPS + 2 }, (_, i) => {
  const light = (BRIGHTEST * i) / STEPS;
  const rolled = light < 0.7 ? light : 0.7 + 0.3 * tanh((light - 0.7) / 0.3);
  return 255 * rolled ** (1 / 2.2);
});

function display(light: number): number {
  const x = min(max(light, 0), BRIGHTEST) * (STEPS / BRIGHTEST);
  const step = floor(x);
  return curve[step]! + (curve[step + 1]! - curve[step]!) * (x - step);
}
