import type { NamedTensor, StateDict } from '../state-dict.js';
import { SafetensorsError } from './format.js';
import type { SafeTensor } from './format.js';
import { bfloat16ToFloat32, float16ToFloat32 } from './half-precision.js';
import { readSafetensors } from './read.js';

/**
 * Reads a file of floating-point tensors as 32-bit floats.
 *
 * @throws SafetensorsError when the file is malformed or a tensor is of another type than F32, F16, BF16, F64, or the I64 of a count
 */
export function readStateDict(bytes: Uint8Array): StateDict {
  // Without a prototype, so that a tensor may be called __proto__.
  const state: Record<string, NamedTensor> = Object.create(null) as Record<string, NamedTensor>;
  for (const [name, tensor] of Object.entries(readSafetensors(bytes).tensors)) {
    state[name] = { shape: tensor.shape, data: toFloat32(name, tensor) };
  }
  return state;
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
      throw new SafetensorsError(`Expected F32, F16, BF16, F64 or I64 for ${name} but received ${dtype}`);
  }
}
