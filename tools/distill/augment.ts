import { resizeBilinear } from '@uniad/datasets';
import type { Picture } from '@uniad/datasets';
import type { Generator } from '@uniad/nn';

const SMALLEST_AREA = 0.1;
const LARGEST_ASPECT = 4 / 3;
const BLUR_CHANCE = 0.25;
const STRONGEST_BLUR = 3; // pixels that melt into one
const GREY_CHANCE = 0.15;
const NOISE_CHANCE = 0.2;
const STRONGEST_NOISE = 12; // grey levels

/** A random crop of a picture, turned, blurred and in other colours: `size` x `size` pixels. */
export function augment(picture: Picture, size: number, generator: Generator): Picture {
  const crop = randomCrop(picture, generator);
  let resized = resizeBilinear(crop, [size, size]);
  if (generator.uniform() < BLUR_CHANCE) {
    const side = Math.round(size / (1 + (STRONGEST_BLUR - 1) * generator.uniform()));
    resized = resizeBilinear(resizeBilinear(resized, [side, side]), [size, size]);
  }
  return recolour(turn(resized, generator), generator);
}

/** A rectangle of random area and aspect ratio, as in Inception's training (Szegedy et al. 2015). */
function randomCrop({ width, height, data }: Picture, generator: Generator): Picture {
  const area = SMALLEST_AREA + (1 - SMALLEST_AREA) * generator.uniform();
  const aspect = LARGEST_ASPECT ** (2 * generator.uniform() - 1);
  const cropWidth = Math.max(1, Math.min(width, Math.round(width * Math.sqrt(area * aspect))));
  const cropHeight = Math.max(1, Math.min(height, Math.round(height * Math.sqrt(area / aspect))));
  const left = generator.integer(width - cropWidth + 1);
  const top = generator.integer(height - cropHeight + 1);
  const output = new Uint8Array(cropWidth * cropHeight * 3);
  for (let y = 0; y < cropHeight; y++) {
    const start = ((top + y) * width + left) * 3;
    output.set(data.subarray(start, start + cropWidth * 3), y * cropWidth * 3);
  }
  return { width: cropWidth, height: cropHeight, data: output };
}

/** One of the eight ways to lay a square on itself. */
function turn({ width: size, data }: Picture, generator: Generator): Picture {
  const mirrored = generator.uniform() < 0.5;
  const upsideDown = generator.uniform() < 0.5;
  const transposed = generator.uniform() < 0.5;
  const output = new Uint8Array(data.length);
  for (let y = 0, target = 0; y < size; y++) {
    for (let x = 0; x < size; x++, target += 3) {
      const row = upsideDown ? size - 1 - y : y;
      const column = mirrored ? size - 1 - x : x;
      const source = 3 * (transposed ? column * size + row : row * size + column);
      output[target] = data[source]!;
      output[target + 1] = data[source + 1]!;
      output[target + 2] = data[source + 2]!;
    }
  }
  return { width: size, height: size, data: output };
}

/** Other saturation, contrast, brightness and tint, and sometimes noise. */
function recolour({ width, height, data }: Picture, generator: Generator): Picture {
  const between = (low: number, high: number): number => low + (high - low) * generator.uniform();
  const saturation = generator.uniform() < GREY_CHANCE ? 0 : between(0.5, 1.5);
  const contrast = between(0.6, 1.4);
  const brightness = between(-40, 40);
  const tint = [between(0.85, 1.15), between(0.85, 1.15), between(0.85, 1.15)] as const;
  const noise = generator.uniform() < NOISE_CHANCE ? between(0, STRONGEST_NOISE) : 0;
  const grain = new Float32Array(data.length);
  if (noise > 0) generator.fillNormal(grain, 0, noise);
  const output = new Uint8ClampedArray(data.length);
  for (let i = 0; i < data.length; i += 3) {
    const grey = 0.299 * data[i]! + 0.587 * data[i + 1]! + 0.114 * data[i + 2]!;
    for (let channel = 0; channel < 3; channel++) {
      const saturated = grey + saturation * (data[i + channel]! - grey);
      output[i + channel] = tint[channel]! * (128 + contrast * (saturated - 128)) + brightness + grain[i + channel]!;
    }
  }
  return { width, height, data: new Uint8Array(output.buffer) };
}
