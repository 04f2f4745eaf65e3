import { toInt8 } from '../int8.js';
import { sizeOf } from '../shape.js';
import type { NamedTensor, StateDict } from '../state-dict.js';
import { METADATA, SafetensorsError } from './format.js';
import type { Dtype, SafeTensor } from './format.js';
import { float32ToFloat16, LARGEST_FLOAT16 } from './half-precision.js';
import { asRows, scalesOf, scalesShape } from './read-state-dict.js';

/** The data starts at a multiple of it, so that a reader can map the file. */
const ALIGNMENT = 8;

/** How numbers are stored, where it is not as 32-bit floats. */
export interface WriteOptions {
  /** All as 16-bit floats, rounded to nearest. */
  readonly halfPrecision?: boolean;
  /**
   * Over how many leading axes a tensor has steps of its own as 8-bit integers; 0 leaves it in floats. With 1 that is a step for each row:
   * `weight` as I8, whole numbers of steps of 1/127 of the row's largest magnitude, and the steps as `weight.scale`, F32 of the
   * shape [rows, 1, ...].
   */
  readonly int8?: (name: string, tensor: NamedTensor) => number;
}

/**
 * The bytes of a safetensors file.
 *
 * @param metadata text to carry along
 * @throws SafetensorsError when a shape does not match its values, a name is reserved or comes twice, or a value is too large for 16 bits
 */
export function writeSafetensors(
  state: StateDict,
  metadata: Readonly<Record<string, string>> = {},
  options: WriteOptions = {},
): Uint8Array {
  const header: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  if (Object.keys(metadata).length > 0) header[METADATA] = metadata;
  const tensors = Object.entries(state).flatMap(([name, tensor]) => stored(name, tensor, options));
  let length = 0;
  for (const [name, { dtype, shape, data }] of tensors) {
    if (Object.hasOwn(header, name))
      throw new SafetensorsError(`Expected one tensor of the name ${name} but there are two`);
    header[name] = { dtype, shape, data_offsets: [length, length + data.length] };
    length += data.length;
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  const padded = Math.ceil(json.length / ALIGNMENT) * ALIGNMENT;
  const bytes = new Uint8Array(8 + padded + length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(padded), true);
  bytes.set(json, 8);
  bytes.fill(0x20, 8 + json.length, 8 + padded);
  let position = 8 + padded;
  for (const [, { data }] of tensors) {
    bytes.set(data, position);
    position += data.length;
  }
  return bytes;
}

/** A tensor as the file has it: one, or with its steps two. */
function stored(
  name: string,
  tensor: NamedTensor,
  { halfPrecision = false, int8 }: WriteOptions,
): [string, SafeTensor][] {
  checkTensor(name, tensor, halfPrecision);
  const { shape, data } = tensor;
  const axes = int8?.(name, tensor) ?? 0;
  if (axes > 0) {
    const { values, scales } = toInt8(data, asRows(shape, axes), 0);
    return [
      [scalesOf(name), encoded('F32', scalesShape(shape, axes), scales)],
      [name, encoded('I8', shape, values)],
    ];
  }
  return [[name, halfPrecision ? encoded('F16', shape, float32ToFloat16(data)) : encoded('F32', shape, data)]];
}

function encoded(dtype: Dtype, shape: readonly number[], values: ArrayBufferView): SafeTensor {
  return { dtype, shape, data: new Uint8Array(values.buffer, values.byteOffset, values.byteLength) };
}

function checkTensor(name: string, { shape, data }: NamedTensor, halfPrecision: boolean): void {
  if (name === METADATA)
    throw new SafetensorsError(`Expected another name for a tensor than ${METADATA}, which the format keeps for text`);
  if (sizeOf(shape) !== data.length)
    throw new SafetensorsError(
      `Expected ${sizeOf(shape)} values for ${name} of shape [${shape.join(', ')}] but received ${data.length}`,
    );
  const tooLarge = halfPrecision && data.find((value) => Number.isFinite(value) && Math.abs(value) > LARGEST_FLOAT16);
  if (tooLarge)
    throw new SafetensorsError(
      `Expected values up to ${LARGEST_FLOAT16} for ${name} in half precision but received ${tooLarge}`,
    );
}
