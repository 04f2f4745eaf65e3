import type { NamedTensor, StateDict } from '../state-dict.js';
import { duplicateKey } from './duplicate-key.js';
import { elementBytes, SafetensorsError } from './format.js';
import type { Dtype, SafeTensor } from './format.js';
import { bfloat16ToFloat32, float16ToFloat32 } from './half-precision.js';

/** As the reference implementation: a header beyond it is an attack, not a model. */
const LARGEST_HEADER = 100_000_000;
const LENGTH_BYTES = 8;
const METADATA = '__metadata__';

/** A file's tensors, as views of its bytes, and the text it carries. */
export interface Safetensors {
  readonly tensors: Readonly<Record<string, SafeTensor>>;
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Reads a safetensors file; the tensors are views of `bytes`, nothing is copied.
 *
 * @throws SafetensorsError when the header is not what the format asks for or does not match the bytes behind it
 */
export function readSafetensors(bytes: Uint8Array): Safetensors {
  const header = readHeader(bytes);
  const buffer = bytes.subarray(LENGTH_BYTES + header.length);
  const tensors: Record<string, SafeTensor> = Object.create(null) as Record<string, SafeTensor>;
  const ranges: { readonly name: string; readonly start: number; readonly end: number }[] = [];
  let metadata: Record<string, string> = {};
  for (const [name, entry] of Object.entries(header.json)) {
    if (name === METADATA) {
      metadata = readMetadata(entry);
      continue;
    }
    const { dtype, shape, start, end } = readEntry(name, entry);
    if (end > buffer.length) throw new SafetensorsError(`Expected ${name} to end within the ${buffer.length} bytes of the buffer but received ${end}`);
    ranges.push({ name, start, end });
    tensors[name] = { dtype, shape, data: buffer.subarray(start, end) };
  }
  checkCoverage(ranges, buffer.length);
  return { tensors, metadata };
}

function readHeader(bytes: Uint8Array): { length: number; json: Record<string, unknown> } {
  if (bytes.length < LENGTH_BYTES) throw new SafetensorsError(`Expected at least ${LENGTH_BYTES} bytes but received ${bytes.length}`);
  const declared = new DataView(bytes.buffer, bytes.byteOffset, LENGTH_BYTES).getBigUint64(0, true);
  if (declared > BigInt(LARGEST_HEADER)) throw new SafetensorsError(`Expected a header of at most ${LARGEST_HEADER} bytes but it declares ${declared}`);
  const length = Number(declared);
  if (LENGTH_BYTES + length > bytes.length) throw new SafetensorsError(`Expected a header of ${length} bytes but the file has ${bytes.length - LENGTH_BYTES} more`);
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes.subarray(LENGTH_BYTES, LENGTH_BYTES + length));
  } catch {
    throw new SafetensorsError('Expected the header to be UTF-8');
  }
  if (!text.startsWith('{')) throw new SafetensorsError(`Expected the header to start with { but it starts with ${JSON.stringify(text.slice(0, 1))}`);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new SafetensorsError(`Expected the header to be JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  const twice = duplicateKey(text);
  if (twice !== undefined) throw new SafetensorsError(`Expected every key of the header once but ${JSON.stringify(twice)} comes twice`);
  return { length, json: json as Record<string, unknown> };
}

function readMetadata(entry: unknown): Record<string, string> {
  if (!isObject(entry)) throw new SafetensorsError(`Expected ${METADATA} to be an object`);
  for (const [key, value] of Object.entries(entry)) {
    if (typeof value !== 'string') throw new SafetensorsError(`Expected text for ${key} in ${METADATA} but received ${JSON.stringify(value)}`);
  }
  return entry as Record<string, string>;
}

function readEntry(name: string, entry: unknown): { dtype: Dtype; shape: number[]; start: number; end: number } {
  if (!isObject(entry)) throw new SafetensorsError(`Expected dtype, shape and data_offsets for ${name} but received ${JSON.stringify(entry)}`);
  for (const key of Object.keys(entry)) {
    if (!['dtype', 'shape', 'data_offsets'].includes(key)) throw new SafetensorsError(`Expected dtype, shape and data_offsets for ${name} but received ${JSON.stringify(key)}`);
  }
  const { dtype, shape, data_offsets: offsets } = entry;
  if (typeof dtype !== 'string' || !Object.hasOwn(elementBytes, dtype)) {
    throw new SafetensorsError(`Expected one of ${Object.keys(elementBytes).join(', ')} for the dtype of ${name} but received ${JSON.stringify(dtype)}`);
  }
  if (!isWholeNumbers(shape)) throw new SafetensorsError(`Expected whole numbers for the shape of ${name} but received ${JSON.stringify(shape)}`);
  if (!isWholeNumbers(offsets) || offsets.length !== 2) throw new SafetensorsError(`Expected two whole numbers for data_offsets of ${name} but received ${JSON.stringify(offsets)}`);
  const [start, end] = offsets as [number, number];
  if (start > end) throw new SafetensorsError(`Expected ${name} to start before it ends but received data_offsets ${start}, ${end}`);
  const known = dtype as Dtype;
  const size = shape.reduce((product, side) => product * side, elementBytes[known]);
  if (!Number.isSafeInteger(size)) throw new SafetensorsError(`Expected a shape that fits into memory for ${name} but received [${shape.join(', ')}]`);
  if (size !== end - start) throw new SafetensorsError(`Expected ${size} bytes for ${name} of shape [${shape.join(', ')}] and ${known} but received ${end - start}`);
  return { dtype: known, shape, start, end };
}

/** Tensors must cover the buffer without holes or overlaps: else bytes could hide in a file, or be read twice. */
function checkCoverage(ranges: { readonly name: string; readonly start: number; readonly end: number }[], length: number): void {
  let covered = 0;
  for (const { name, start, end } of ranges.sort((a, b) => a.start - b.start || a.end - b.end)) {
    if (start !== covered) throw new SafetensorsError(`Expected ${name} to start at byte ${covered}, where the tensor before ends, but received ${start}`);
    covered = end;
  }
  if (covered !== length) throw new SafetensorsError(`Expected the tensors to cover the buffer of ${length} bytes but they cover ${covered}`);
}

/**
 * Reads a file of floating-point tensors as 32-bit floats.
 *
 * @throws SafetensorsError when the file is malformed or a tensor is of another type than F32, F16, BF16, F64, or the I64 of a count
 */
export function readStateDict(bytes: Uint8Array): StateDict {
  const state: Record<string, NamedTensor> = Object.create(null) as Record<string, NamedTensor>;
  for (const [name, tensor] of Object.entries(readSafetensors(bytes).tensors)) {
    state[name] = { shape: tensor.shape, data: toFloat32(name, tensor) };
  }
  return state;
}

function toFloat32(name: string, { dtype, data }: SafeTensor): Float32Array {
  const aligned = new Uint8Array(data).buffer; // Tensors need not lie at a multiple of their element's size.
  switch (dtype) {
    case 'F32':
      return new Float32Array(aligned);
    case 'F64':
      return Float32Array.from(new Float64Array(aligned));
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

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isWholeNumbers(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((x) => Number.isSafeInteger(x) && (x as number) >= 0);
}
