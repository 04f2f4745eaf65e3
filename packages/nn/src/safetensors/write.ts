import type { StateDict } from '../state-dict.js';
import { SafetensorsError } from './format.js';
import { float32ToFloat16 } from './half-precision.js';

/** Tensors start at a multiple of it, so that a reader can map them. */
const ALIGNMENT = 8;

/**
 * The bytes of a safetensors file.
 *
 * @param metadata text to carry along
 * @param halfPrecision stores 16-bit floats
 * @throws SafetensorsError when a tensor's shape does not match its values, or a name is reserved
 */
export function writeSafetensors(state: StateDict, metadata: Readonly<Record<string, string>> = {}, { halfPrecision = false }: { readonly halfPrecision?: boolean } = {}): Uint8Array {
  const header: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  if (Object.keys(metadata).length > 0) header['__metadata__'] = metadata;
  const width = halfPrecision ? 2 : 4;
  let offset = 0;
  for (const [name, { shape, data }] of Object.entries(state)) {
    if (name === '__metadata__') throw new SafetensorsError('Expected another name for a tensor than __metadata__, which the format keeps for text');
    const size = shape.reduce((product, side) => product * side, 1);
    if (size !== data.length) throw new SafetensorsError(`Expected ${size} values for ${name} of shape [${shape.join(', ')}] but received ${data.length}`);
    const end = offset + width * size;
    header[name] = { dtype: halfPrecision ? 'F16' : 'F32', shape, data_offsets: [offset, end] };
    offset = end;
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  const padded = Math.ceil(json.length / ALIGNMENT) * ALIGNMENT;
  const bytes = new Uint8Array(8 + padded + offset);
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
