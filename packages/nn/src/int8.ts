import { sizeOf } from './shape.js';

/** The largest step: symmetric, so that 0 stays 0; -128 is not used. */
const LARGEST = 127;

/** Floats as whole numbers of steps. */
export interface Int8Steps {
  readonly values: Int8Array;
  /** What a step is, for each index of the axis. */
  readonly scales: Float32Array;
}

/** Rounds to the nearest whole number, halves to the even one, as ONNX does. */
export function roundHalfEven(x: number): number {
  const floor = Math.floor(x);
  const rest = x - floor;
  if (rest !== 0.5) return rest < 0.5 ? floor : floor + 1;
  return floor % 2 === 0 ? floor : floor + 1;
}

/**
 * Floats as whole numbers of steps: each index of `axis` has a step of its own, 1/127 of its largest magnitude. What is rounded
 * already comes out as it is.
 */
export function toInt8(data: Float32Array, shape: readonly number[], axis: number): Int8Steps {
  const channelOf = channels(shape, axis);
  const scales = new Float32Array(shape[axis] ?? 1);
  data.forEach((value, i) => {
    scales[channelOf(i)] = Math.max(scales[channelOf(i)]!, Math.abs(value));
  });
  scales.forEach((largest, channel) => {
    scales[channel] = largest / LARGEST || 1; // All zeros, or so small that a step is.
  });
  const values = new Int8Array(data.length);
  data.forEach((value, i) => {
    const steps = roundHalfEven(value / scales[channelOf(i)]!);
    values[i] = Math.max(-LARGEST, Math.min(LARGEST, steps));
  });
  return { values, scales };
}

/** The floats that steps of `axis` stand for. */
export function fromInt8({ values, scales }: Int8Steps, shape: readonly number[], axis: number): Float32Array {
  const channelOf = channels(shape, axis);
  const data = new Float32Array(values.length);
  for (let i = 0; i < data.length; i++) data[i] = values[i]! * scales[channelOf(i)]!;
  return data;
}

/** The index along `axis` of each element. */
function channels(shape: readonly number[], axis: number): (index: number) => number {
  const count = shape[axis] ?? 1;
  const inner = sizeOf(shape.slice(axis + 1));
  return (index) => Math.floor(index / inner) % count;
}
