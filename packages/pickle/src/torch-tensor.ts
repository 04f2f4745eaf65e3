import { PickleError } from './error.js';
import { textOf } from './read-pickle.js';
import { isKind } from './value.js';
import type { Made, PickleValue } from './value.js';

/** A tensor's values, row-major. */
export interface TorchTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

type Reader = (view: DataView, index: number) => number;

/** How a value of each storage is read, and how many bytes it takes. */
const storages: Readonly<Record<string, { readonly bytes: number; readonly read: Reader }>> = {
  FloatStorage: { bytes: 4, read: (view, i) => view.getFloat32(4 * i, true) },
  DoubleStorage: { bytes: 8, read: (view, i) => view.getFloat64(8 * i, true) },
  HalfStorage: { bytes: 2, read: (view, i) => halfOf(view.getUint16(2 * i, true)) },
  BFloat16Storage: { bytes: 2, read: (view, i) => brainFloatOf(view.getUint16(2 * i, true)) },
  LongStorage: { bytes: 8, read: (view, i) => Number(view.getBigInt64(8 * i, true)) },
  IntStorage: { bytes: 4, read: (view, i) => view.getInt32(4 * i, true) },
  ShortStorage: { bytes: 2, read: (view, i) => view.getInt16(2 * i, true) },
  CharStorage: { bytes: 1, read: (view, i) => view.getInt8(i) },
  ByteStorage: { bytes: 1, read: (view, i) => view.getUint8(i) },
  BoolStorage: { bytes: 1, read: (view, i) => view.getUint8(i) },
};

/** The names in a pickle that tensors need. */
export const tensorNames = [
  ...Object.keys(storages).map((name) => `torch.${name}`),
  'torch._utils._rebuild_tensor', // of the first years, as some of torchvision's files
  'torch._utils._rebuild_tensor_v2',
  'torch._utils._rebuild_parameter',
  'torch.nn.parameter.Parameter', // of the first years too
  'torch.Size',
];

/** Where a storage's bytes are. */
export type FindStorage = (key: string, bytes: number) => Uint8Array;

/** Whether a value of a pickle is a tensor, or a parameter around one. */
export const isTensor = (value: PickleValue | undefined): value is Made =>
  isKind(value, 'made') && (value.name.startsWith('torch._utils._rebuild_') || isParameter(value));

const isParameter = ({ name }: Made) => /[._](parameter|Parameter)$/.test(name);

/** A storage as its persistent id names it: `('storage', type, key, location, values)`, and in the old format the part of another that it is. */
export function describeStorage(file: Uint8Array, value: PickleValue | undefined) {
  const [tag, type, key, , count, part = null] = isKind(value, 'persistent') && Array.isArray(value.id) ? value.id : [];
  const storage = isKind(type, 'global') ? storages[type.name.replace('torch.', '')] : undefined;
  if (!isKind(tag, 'bytes') || textOf(file, tag) !== 'storage' || !storage || !isSize(count) || part !== null) {
    throw new PickleError('expected a storage of a tensor in the pickle but it is something else');
  }
  return { ...storage, key: textOf(file, key), count };
}

/**
 * The values of a tensor, whatever its storage's type, strides and offset.
 *
 * @param file that holds the pickle
 */
export function tensorOf(file: Uint8Array, value: PickleValue | undefined, find: FindStorage): TorchTensor {
  if (!isTensor(value)) throw new PickleError('expected a tensor in the pickle but it is something else');
  if (isParameter(value)) {
    const [inner = Array.isArray(value.state) ? value.state[0] : undefined] = value.given;
    if (isTensor(inner) && !isParameter(inner)) return tensorOf(file, inner, find);
    throw new PickleError('expected a tensor in a parameter of the pickle but it is something else');
  }
  const [persistent, offset, shape, strides] = value.given;
  if (!isSize(offset) || !isSizes(shape) || !isSizes(strides) || shape.length !== strides.length) {
    throw new PickleError('expected offset, shape and strides of a tensor in the pickle but they are something else');
  }
  const { bytes, read, key, count } = describeStorage(file, persistent);
  const size = shape.reduce((product, side) => product * side, 1);
  const last = shape.reduce((sum, side, axis) => sum + Math.max(0, side - 1) * strides[axis]!, offset);
  // A tensor that repeats its storage's values would be larger than the file.
  if (!(size <= count) || (size > 0 && last >= count)) {
    throw new PickleError(
      `expected a tensor of at most ${count} values in storage ${key} but it has [${shape.join(', ')}]`,
    );
  }
  const content = find(key, count * bytes);
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
  const data = new Float32Array(size);
  const index = new Array<number>(shape.length).fill(0);
  for (let i = 0, at = offset; i < size; i++) {
    data[i] = read(view, at);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at += strides[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      at -= strides[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
  return { shape, data };
}

const isSize = (value: PickleValue | undefined): value is number =>
  Number.isSafeInteger(value) && (value as number) >= 0;

const isSizes = (value: PickleValue | undefined): value is number[] =>
  Array.isArray(value) && value.length <= 16 && value.every(isSize);

function halfOf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const [exponent, fraction] = [(bits >> 10) & 31, bits & 1023];
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

const brainFloat = new DataView(new ArrayBuffer(4));

function brainFloatOf(bits: number): number {
  brainFloat.setUint32(0, bits << 16);
  return brainFloat.getFloat32(0);
}
