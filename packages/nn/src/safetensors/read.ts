import { duplicateKey } from './duplicate-key.js';
import { elementBytes, METADATA, SafetensorsError } from './format.js';
import type { Dtype, SafeTensor } from './format.js';

/** As the reference implementation: a header beyond it is an attack, not a model. */
const LARGEST_HEADER = 100_000_000;
const LENGTH_BYTES = 8;
const FIELDS = ['dtype', 'shape', 'data_offsets'];

/** A file's tensors, as views of its bytes, and the text it carries. */
export interface Safetensors {
  readonly tensors: Readonly<Record<string, SafeTensor>>;
  readonly metadata: Readonly<Record<string, string>>;
}

interface Range {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

/**
 * Reads a safetensors file; the tensors are views of `bytes`, nothing is copied.
 *
 * @throws SafetensorsError when the header is not what the format asks for or does not match the bytes behind it
 */
export function readSafetensors(bytes: Uint8Array): Safetensors {
  const { length, json } = readHeader(bytes);
  const buffer = bytes.subarray(LENGTH_BYTES + length);
  // Without a prototype, so that a tensor may be called __proto__.
  const tensors: Record<string, SafeTensor> = Object.create(null) as Record<string, SafeTensor>;
  const ranges: Range[] = [];
  let metadata: Record<string, string> = {};
  for (const [name, entry] of Object.entries(json)) {
    if (name === METADATA) {
      metadata = readMetadata(entry);
      continue;
    }
    const { dtype, shape, start, end } = readEntry(clipped(name), entry);
    if (end > buffer.length)
      throw new SafetensorsError(
        `Expected ${clipped(name)} to end within the ${buffer.length} bytes of the buffer but received ${end}`,
      );
    ranges.push({ name: clipped(name), start, end });
    tensors[name] = { dtype, shape, data: buffer.subarray(start, end) };
  }
  checkCoverage(ranges, buffer.length);
  return { tensors, metadata };
}

function readHeader(bytes: Uint8Array): { length: number; json: Record<string, unknown> } {
  if (bytes.length < LENGTH_BYTES)
    throw new SafetensorsError(`Expected at least ${LENGTH_BYTES} bytes but received ${bytes.length}`);
  const declared = new DataView(bytes.buffer, bytes.byteOffset, LENGTH_BYTES).getBigUint64(0, true);
  if (declared > BigInt(LARGEST_HEADER))
    throw new SafetensorsError(`Expected a header of at most ${LARGEST_HEADER} bytes but it declares ${declared}`);
  const length = Number(declared);
  if (LENGTH_BYTES + length > bytes.length)
    throw new SafetensorsError(
      `Expected a header of ${length} bytes but the file has ${bytes.length - LENGTH_BYTES} more`,
    );
  const text = decode(bytes.subarray(LENGTH_BYTES, LENGTH_BYTES + length));
  if (!text.startsWith('{'))
    throw new SafetensorsError(`Expected the header to start with { but it starts with ${shown(text.slice(0, 1))}`);
  const json = parse(text);
  const twice = duplicateKey(text);
  if (twice !== undefined)
    throw new SafetensorsError(`Expected every key of the header once but ${shown(twice)} comes twice`);
  return { length, json };
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new SafetensorsError('Expected the header to be UTF-8');
  }
}

/** What starts with a brace and is JSON is an object. */
function parse(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch (error) {
    throw new SafetensorsError(`Expected the header to be JSON: ${clipped(String(error))}`);
  }
}

function readMetadata(entry: unknown): Record<string, string> {
  if (!isObject(entry)) throw new SafetensorsError(`Expected ${METADATA} to be an object but received ${shown(entry)}`);
  for (const [key, value] of Object.entries(entry)) {
    if (typeof value !== 'string')
      throw new SafetensorsError(`Expected text for ${clipped(key)} in ${METADATA} but received ${shown(value)}`);
  }
  return entry as Record<string, string>;
}

function readEntry(name: string, entry: unknown): { dtype: Dtype; shape: number[]; start: number; end: number } {
  if (!isObject(entry))
    throw new SafetensorsError(`Expected ${FIELDS.join(', ')} for ${name} but received ${shown(entry)}`);
  const unknown = Object.keys(entry).find((key) => !FIELDS.includes(key));
  if (unknown !== undefined)
    throw new SafetensorsError(`Expected ${FIELDS.join(', ')} for ${name} but received ${shown(unknown)}`);
  const { dtype, shape, data_offsets: offsets } = entry;
  if (!isDtype(dtype))
    throw new SafetensorsError(
      `Expected one of ${Object.keys(elementBytes).join(', ')} for the dtype of ${name} but received ${shown(dtype)}`,
    );
  if (!isWholeNumbers(shape))
    throw new SafetensorsError(`Expected whole numbers for the shape of ${name} but received ${shown(shape)}`);
  if (!isWholeNumbers(offsets) || offsets.length !== 2)
    throw new SafetensorsError(`Expected two whole numbers for data_offsets of ${name} but received ${shown(offsets)}`);
  const [start, end] = offsets as [number, number];
  if (start > end)
    throw new SafetensorsError(`Expected ${name} to start before it ends but received data_offsets ${start}, ${end}`);
  let size: number = elementBytes[dtype];
  for (const side of shape) {
    size *= side;
    // At every side: a zero further on would hide that the product was out of bounds.
    if (!Number.isSafeInteger(size))
      throw new SafetensorsError(`Expected a shape that fits into memory for ${name} but received ${shown(shape)}`);
  }
  if (size !== end - start)
    throw new SafetensorsError(
      `Expected ${size} bytes for ${name} of shape ${shown(shape)} and ${dtype} but received ${end - start}`,
    );
  return { dtype, shape, start, end };
}

/** Tensors must cover the buffer without holes or overlaps: else bytes could hide in a file, or be read twice. */
function checkCoverage(ranges: Range[], length: number): void {
  let covered = 0;
  for (const { name, start, end } of ranges.sort((a, b) => a.start - b.start || a.end - b.end)) {
    if (start !== covered)
      throw new SafetensorsError(
        `Expected ${name} to start at byte ${covered}, where the tensor before ends, but received ${start}`,
      );
    covered = end;
  }
  if (covered !== length)
    throw new SafetensorsError(`Expected the tensors to cover the buffer of ${length} bytes but they cover ${covered}`);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isDtype(value: unknown): value is Dtype {
  return typeof value === 'string' && Object.hasOwn(elementBytes, value);
}

function isWholeNumbers(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((x) => Number.isSafeInteger(x) && (x as number) >= 0 && !Object.is(x, -0));
}

/** A value of the file for a message, which must neither grow nor nest with the file. */
function shown(value: unknown): string {
  if (Array.isArray(value))
    return clipped(
      `[${value
        .slice(0, 20)
        .map((x) => (typeof x === 'object' && x !== null ? '…' : shown(x)))
        .join(', ')}]`,
    );
  return isObject(value) ? 'an object' : clipped(JSON.stringify(value) ?? 'nothing');
}

function clipped(text: string): string {
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}
