import { fromInt8 } from '../int8.js';
import type { NamedTensor, StateDict } from '../state-dict.js';
import { sizeOf } from '../shape.js';
import { SafetensorsError } from './format.js';
import type { SafeTensor } from './format.js';
import { bfloat16ToFloat32, float16ToFloat32 } from './half-precision.js';
import { readSafetensors } from './read.js';
import type { Safetensors } from './read.js';

/** What the tensor of steps is called that belongs to one of 8-bit integers. */
export const scalesOf = (name: string): string => `${name}.scale`;

/** The shape of the steps: one for each index of so many leading axes, in as many dimensions. */
export const scalesShape = (shape: readonly number[], axes: number): number[] =>
  shape.map((size, axis) => (axis < axes ? size : 1));

/** `[rows, values of a row]` of a tensor whose rows are its leading axes. */
export const asRows = (shape: readonly number[], axes: number): [rows: number, values: number] => [
  sizeOf(shape.slice(0, axes)),
  sizeOf(shape.slice(axes)),
];

/**
 * Reads a file of floating-point tensors as 32-bit floats. A tensor `weight` of I8 is multiplied with its `weight.scale`, F32 of the shape
 * [rows, 1, ...], or of more of its leading axes.
 *
 * @throws SafetensorsError when the file is malformed, a tensor is of another type than F32, F16, BF16, F64, I8, or the I64 of a
 *   count, or 8-bit integers have no steps
 */
export function readStateDict(bytes: Uint8Array): StateDict {
  // Without a prototype, so that a tensor may be called __proto__.
  const state: Record<string, NamedTensor> = Object.create(null) as Record<string, NamedTensor>;
  const { tensors } = readSafetensors(bytes);
  const isInt8 = (name: string) => Object.hasOwn(tensors, name) && tensors[name]!.dtype === 'I8';
  const scales = new Set(Object.keys(tensors).filter(isInt8).map(scalesOf));
  for (const [name, tensor] of Object.entries(tensors)) {
    if (scales.has(name)) continue;
    const data = isInt8(name) ? dequantized(name, tensor, tensors) : toFloat32(name, tensor);
    state[name] = { shape: tensor.shape, data };
  }
  return state;
}

function dequantized(name: string, { shape, data }: SafeTensor, tensors: Safetensors['tensors']): Float32Array {
  const steps = Object.hasOwn(tensors, scalesOf(name)) ? tensors[scalesOf(name)] : undefined;
  const axes = shape.findIndex((_, axis) => steps?.shape.join() === scalesShape(shape, axis + 1).join()) + 1;
  if (steps?.dtype !== 'F32' || axes === 0) {
    const expected = scalesShape(shape, 1).join(', ');
    const found = steps ? `${steps.dtype} of shape [${steps.shape.join(', ')}]` : 'nothing';
    throw new SafetensorsError(`Expected F32 of shape [${expected}] for ${scalesOf(name)} but received ${found}`);
  }
  const values = new Int8Array(data.buffer, data.byteOffset, data.byteLength);
  return fromInt8({ values, scales: toFloat32(scalesOf(name), steps) }, asRows(shape, axes), 0);
}

function toFloat32(name: string, { dtype, data }: SafeTensor): Float32Array {
  // A copy, because tensors need not lie at a multiple of their element's size (and Buffer.slice would not copy).
  const aligned = new Uint8Array(data).buffer;
  switch (dtype) {
    case 'F32':
      return new Float32Array(aligned);
    case 'F64':
      return new Float32Array(new Float64Array(aligned));
    case 'F16':
      return float16ToFloat32(new Uint16Array(aligned));
    case 'BF16':
      return bfloat16ToFloat32(new Uint16Array(aligned));
    case 'I64':
      return Float32Array.from(new BigInt64Array(aligned), Number);
    default:
      throw new SafetensorsError(`Expected F32, F16, BF16, F64, I8 or I64 for ${name} but received ${dtype}`);
  }
}
