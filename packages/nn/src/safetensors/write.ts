import { sizeOf } from '../shape.js';
import type { NamedTensor, StateDict } from '../state-dict.js';
import { METADATA, SafetensorsError } from './format.js';
import { float32ToFloat16, LARGEST_FLOAT16 } from './half-precision.js';

/** The data starts at a multiple of it, so that a reader can map the file. */
const ALIGNMENT = 8;

/**
 * The bytes of a safetensors file.
 *
 * @param metadata text to carry along
 * @param options halfPrecision stores 16-bit floats, rounded to nearest
 * @throws SafetensorsError when a shape does not match its values, a name is reserved, or a value is too large for 16 bits
 */
export function writeSafetensors(
  state: StateDict,
  metadata: Readonly<Record<string, string>> = {},
  { halfPrecision = false }: { readonly halfPrecision?: boolean } = {},
): Uint8Array {
  const header: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  if (Object.keys(metadata).length > 0) header[METADATA] = metadata;
  const width = halfPrecision ? 2 : 4;
  let length = 0;
  for (const [name, tensor] of Object.entries(state)) {
    checkTensor(name, tensor, halfPrecision);
    const end = length + width * tensor.data.length;
    header[name] = { dtype: halfPrecision ? 'F16' : 'F32', shape: tensor.shape, data_offsets: [length, end] };
    length = end;
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  const padded = Math.ceil(json.length / ALIGNMENT) * ALIGNMENT;
  const bytes = new Uint8Array(8 + padded + length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(padded), true);
  bytes.set(json, 8);
  bytes.fill(0x20, 8 + json.length, 8 + padded);
  let position = 8 + padded;
  for (const { data } of Object.values(state)) {
    const values = halfPrecision ? float32ToFloat16(data) : data;
    bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), position);
    position += values.byteLength;
  }
  return bytes;
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
