import { sizeOf } from '../graph.js';
import type { Shape } from '../graph.js';

/** The largest step: symmetric, so that 0 stays 0; -128 is not used. */
const LARGEST = 127;

interface Steps {
  readonly values: Int8Array;
  /** What a step is, for each index of the axis. */
  readonly scales: Float32Array;
}

/** Rounds to the nearest whole number, halves to the even one, as ONNX does. */
function roundHalfEven(x: number): number {
  const floor = Math.floor(x);
  const rest = x - floor;
  if (rest !== 0.5) return rest < 0.5 ? floor : floor + 1;
  return floor % 2 === 0 ? floor : floor + 1;
}

/**
 * Floats as whole numbers of steps: each index of `axis` has a step of its own, 1/127 of its largest magnitude. Weights that were
 * stored in such steps (`toInt8` of @uniad/nn, which this package does not use) come out as they are.
 */
export function toSteps(data: Float32Array, shape: Shape, axis: number): Steps {
  const [channels, inner] = [shape[axis] ?? 1, sizeOf(shape.slice(axis + 1))];
  const channelOf = (index: number): number => Math.floor(index / inner) % channels;
  const scales = new Float32Array(channels);
  for (let i = 0; i < data.length; i++) {
    const channel = channelOf(i);
    scales[channel] = Math.max(scales[channel] ?? 0, Math.abs(data[i] ?? 0));
  }
  for (let channel = 0; channel < channels; channel++) scales[channel] = (scales[channel] ?? 0) / LARGEST || 1;
  const values = new Int8Array(data.length);
  for (let i = 0; i < data.length; i++) {
    const steps = roundHalfEven((data[i] ?? 0) / (scales[channelOf(i)] ?? 1));
    values[i] = Math.max(-LARGEST, Math.min(LARGEST, steps));
  }
  return { values, scales };
}
