import { unzipSync } from 'fflate';
import { PickleError } from './error.js';
import { plainValue } from './plain-value.js';
import type { PlainValue } from './plain-value.js';
import { readPickle, textOf } from './read-pickle.js';
import { describeStorage, isTensor, tensorNames, tensorOf } from './torch-tensor.js';
import type { FindStorage, TorchTensor } from './torch-tensor.js';
import { isKind } from './value.js';
import type { PickleValue } from './value.js';

/** What stands beside the tensors in checkpoints, and is read past: the best metric is numpy's number, a configuration an EasyDict. */
const dictionaries = ['collections.OrderedDict', 'collections.defaultdict', 'easydict.EasyDict'];
const names = [
  ...tensorNames,
  ...dictionaries,
  'numpy.core.multiarray.scalar',
  'numpy._core.multiarray.scalar',
  'numpy.dtype',
  '_codecs.encode',
];

/** Under which a checkpoint may hold its tensors. */
const CONTAINERS = ['state_dict', 'model', 'model_state_dict', 'net'];

/** The first number of a file of PyTorch before 1.6. */
const LEGACY_MAGIC = Number(0x1950a86a20f9469cfc6cn);

/** Tensors may share storages; beyond so many times the file's size they are not what a file of weights holds. */
const LARGEST_SHARE = 4;

/**
 * The tensors of a file that `torch.save` wrote, in its format since version 1.6 or the one before: of a state dict, or of a
 * checkpoint around one. Nothing in the file is run.
 *
 * @returns float32 values by name, whatever type they were stored in
 * @throws PickleError naming what is refused, or what is wrong
 */
export function readTorch(file: Uint8Array): Record<string, TorchTensor> {
  return readTorchCheckpoint(file).tensors;
}

/** What a file of PyTorch holds. */
export interface TorchCheckpoint {
  /** float32 values by name, whatever type they were stored in. */
  readonly tensors: Record<string, TorchTensor>;
  /** An entry that stands beside the tensors, such as a configuration, without what is no plain value; undefined where there is none. */
  readonly entry: (name: string) => PlainValue | undefined;
}

/**
 * The same, with what stands beside the tensors.
 *
 * @throws PickleError naming what is refused, or what is wrong
 */
export function readTorchCheckpoint(file: Uint8Array): TorchCheckpoint {
  try {
    const isZip = file[0] === 0x50 && file[1] === 0x4b;
    const { pickle, value, find } = isZip ? fromZip(file) : fromLegacy(file);
    const found = Object.create(null) as Record<string, TorchTensor>;
    let room = LARGEST_SHARE * file.length;
    for (const [name, tensor] of tensorsIn(value)) {
      found[name] = tensorOf(pickle, tensor, find);
      room -= found[name].data.byteLength;
      if (room < 0)
        throw new PickleError('expected tensors of about the size of the file but they are many times larger');
    }
    const entry = (name: string) => plainValue(pickle, value instanceof Map ? value.get(name) : undefined);
    return { tensors: { ...found }, entry };
  } catch (error) {
    if (error instanceof PickleError) throw error;
    throw new PickleError(`not a file of PyTorch: ${error instanceof Error ? error.message : String(error)}`);
  }
}

interface Opened {
  /** The bytes that hold the pickle. */
  readonly pickle: Uint8Array;
  readonly value: PickleValue;
  readonly find: FindStorage;
}

/** Bytes of an archive's entry in its list, at the least. */
const LEAST_ENTRY = 46;

/** Entries `NAME/data.pkl` and `NAME/data/KEY`, which are not compressed. */
function fromZip(file: Uint8Array): Opened {
  let [listed, total] = [0, 0];
  const entries = unzipSync(file, {
    filter: ({ name, compression, size, originalSize }) => {
      // fflate goes on for as many entries as the archive says it has, up to 2^32, with or without a list of them.
      if (++listed > file.length / LEAST_ENTRY)
        throw new PickleError('expected an archive but it says that it has more entries than fit into it');
      if (!/\/(data\.pkl|byteorder|data\/\d+)$/.test(name)) return false;
      total += originalSize;
      if (compression !== 0 || size !== originalSize || total > file.length) {
        throw new PickleError(`expected ${name} as it is in the archive but it is compressed, or larger than the file`);
      }
      return true;
    },
  });
  const entryNamed = (end: string) => Object.entries(entries).find(([name]) => name.endsWith(`/${end}`))?.[1];
  const pickle = entryNamed('data.pkl');
  if (!pickle) throw new PickleError('expected data.pkl in the archive of PyTorch but found none');
  const order = entryNamed('byteorder');
  if (order && new TextDecoder().decode(order).trim() !== 'little') {
    throw new PickleError('expected numbers with the least byte first but the file was written on another machine');
  }
  const folder = Object.keys(entries)
    .find((name) => name.endsWith('/data.pkl'))!
    .slice(0, -'data.pkl'.length);
  const find: FindStorage = (key, bytes) => {
    const entry = Object.hasOwn(entries, `${folder}data/${key}`) ? entries[`${folder}data/${key}`] : undefined;
    if (!entry || entry.length < bytes) {
      throw new PickleError(`expected ${bytes} bytes in storage ${key} but found ${entry?.length ?? 'none'}`);
    }
    return entry;
  };
  return { pickle, value: readPickle(pickle, { names, dictionaries, archiveSize: file.length }).value, find };
}

/** Pickles of a magic number, a version, the writing machine, the content and the storages' keys; then the storages. */
function fromLegacy(file: Uint8Array): Opened {
  let start = 0;
  const next = (): PickleValue => {
    const { value, end } = readPickle(file, { names, dictionaries, start });
    start = end;
    return value;
  };
  if (next() !== LEGACY_MAGIC) throw new PickleError('expected a file of PyTorch but its first number is another');
  next();
  const machine = next();
  if (machine instanceof Map && machine.get('little_endian') === false) {
    throw new PickleError('expected numbers with the least byte first but the file was written on another machine');
  }
  const value = next();
  const keys = next();
  if (!Array.isArray(keys)) throw new PickleError('expected a list of storages in the file of PyTorch');
  const sizes = new Map(storagesIn(file, value).map(({ key, bytes }) => [key, bytes])); // bytes of a value
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const storages = new Map<string, Uint8Array>();
  for (const key of keys.map((one) => textOf(file, one))) {
    if (start + 8 > file.length) throw new PickleError('the file of PyTorch is truncated');
    const count = Number(view.getBigInt64(start, true));
    const bytes = count * (sizes.get(key) ?? NaN);
    start += 8;
    if (!(count >= 0 && bytes <= file.length - start)) throw new PickleError('the file of PyTorch is truncated');
    storages.set(key, file.subarray(start, start + bytes));
    start += bytes;
  }
  const find: FindStorage = (key, bytes) => {
    const storage = storages.get(key);
    if (!storage || storage.length < bytes) {
      throw new PickleError(`expected ${bytes} bytes in storage ${key} but found ${storage?.length ?? 'none'}`);
    }
    return storage;
  };
  return { pickle: file, value, find };
}

/** Every storage that is named anywhere, an optimizer's too. */
function storagesIn(file: Uint8Array, value: PickleValue): { readonly key: string; readonly bytes: number }[] {
  const found: { readonly key: string; readonly bytes: number }[] = [];
  const seen = new Set<PickleValue>();
  const open: PickleValue[] = [value];
  for (let one = open.pop(); one !== undefined; one = open.pop()) {
    if (typeof one !== 'object' || one === null || seen.has(one)) continue;
    seen.add(one);
    if (isKind(one, 'persistent')) found.push(describeStorage(file, one));
    else if (isKind(one, 'made')) open.push(...one.given, one.state);
    else if (Array.isArray(one) || one instanceof Map) for (const inner of one.values()) open.push(inner);
  }
  return found;
}

/** The tensors of a state dict, wherever a checkpoint has it; a tensor that stands beside it, such as a metric, is none of it. */
function tensorsIn(value: PickleValue): [name: string, tensor: PickleValue][] {
  let level: PickleValue | undefined = value;
  let tensors: [name: string, tensor: PickleValue][] = [];
  for (let depth = 0; depth < 4 && level instanceof Map; depth++) {
    const map: Map<string, PickleValue> = level;
    const own = [...map].filter(([, one]) => isTensor(one));
    if (own.length > 0) tensors = own;
    level = CONTAINERS.map((name) => map.get(name)).find((one) => one instanceof Map);
  }
  if (tensors.length > 0) return tensors;
  throw new PickleError('expected a state dict of tensors in the file of PyTorch but found none');
}
