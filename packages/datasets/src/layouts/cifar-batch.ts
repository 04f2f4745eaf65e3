import { open } from 'node:fs/promises';
import { DatasetError } from '../errors.js';
import { readLimited } from '../pictures/picture-file.js';
import { isKind, readPickle, textOf } from '@uniad/pickle';
import type { PickleValue } from '@uniad/pickle';

export const side = 32;
/** Of a picture: a plane of reds, one of greens and one of blues. */
export const pictureBytes = 3 * side * side;
const recordBytes = 1 + pictureBytes;
const maxBytes = 256 * 2 ** 20; // an official file has 30 MB
const classes = 10;

/** One file of CIFAR-10: the class of each record, and where its picture is. */
export interface CifarBatch {
  readonly path: string;
  readonly labels: readonly number[];
  /** Where the picture of record 0 starts, and how far it is from one to the next. */
  readonly start: number;
  readonly stride: number;
}

/** @throws DatasetError naming a file that is none */
export async function readCifarBatch(path: string): Promise<CifarBatch> {
  try {
    const file = await readLimited(path, maxBytes);
    const batch = path.endsWith('.bin') ? binary(file) : pickled(file);
    const wrong = batch.labels.findIndex((label) => !Number.isInteger(label) || label < 0 || label >= classes);
    if (wrong >= 0)
      throw new Error(`expected classes 0 to ${classes - 1} but record ${wrong} is of class ${batch.labels[wrong]}`);
    return { path, ...batch };
  } catch (error) {
    throw new DatasetError(`Cannot read ${path}: ${(error as Error).message}`, { cause: error });
  }
}

type Records = Omit<CifarBatch, 'path'>;

/** Records of a byte for the class and then the picture. */
function binary(file: Buffer): Records {
  if (file.length % recordBytes !== 0)
    throw new Error(`expected whole records of ${recordBytes} bytes but the file has ${file.length} bytes`);
  const labels = Array.from({ length: file.length / recordBytes }, (_, i) => file[i * recordBytes]!);
  return { labels, start: 1, stride: recordBytes };
}

/** What an array of numpy needs, in the versions that wrote it. */
const numpy = ['multiarray._reconstruct', 'numeric._frombuffer']
  .flatMap((name) => [`numpy.core.${name}`, `numpy._core.${name}`])
  .concat('numpy.ndarray', 'numpy.dtype');

/** A dictionary whose `data` is an array [records, 3072] of bytes and whose `labels` is a list. */
function pickled(file: Buffer): Records {
  const { value: batch } = readPickle(file, { names: numpy });
  const [data, labels] = batch instanceof Map ? [batch.get('data'), batch.get('labels')] : [];
  if (!isKind(data, 'made') || !Array.isArray(labels))
    throw new Error('expected a dictionary of an array data and a list labels');
  const { shape, type, order, content } = arrayOf(data.name, data.given, data.state);
  const [records, width] = Array.isArray(shape) ? shape : [];
  const typeName = isKind(type, 'made') && type.name === 'numpy.dtype' ? textOf(file, type.given[0]) : 'none';
  // Fortran's order is a flag in one form of pickled array and a letter in the other.
  const isByColumns = order === true || (isKind(order, 'bytes') && textOf(file, order) !== 'C');
  if (typeName !== 'u1' || width !== pictureBytes || records !== labels.length || isByColumns)
    throw new Error(
      `expected data of u1 [${labels.length}, ${pictureBytes}] by rows but it is ${typeName} [${String(shape)}]`,
    );
  if (!isKind(content, 'bytes') || content.length !== labels.length * pictureBytes)
    throw new Error(`expected ${labels.length * pictureBytes} bytes of data but it has fewer, or more`);
  return { labels: labels as number[], start: content.start, stride: pictureBytes };
}

/** What numpy made an array of: all at once, or what was set of an empty one. */
function arrayOf(name: string, given: readonly PickleValue[], state: PickleValue) {
  if (name.endsWith('._frombuffer')) {
    const [content, type, shape, order] = given;
    return { content, type, shape, order };
  }
  const [, shape, type, order, content] = Array.isArray(state) ? state : [];
  return { content, type, shape, order };
}

/** The bytes of one record's picture, planes of red, green and blue. */
export async function readCifarPicture({ path, start, stride }: CifarBatch, index: number): Promise<Uint8Array> {
  const handle = await open(path);
  try {
    const bytes = new Uint8Array(pictureBytes);
    const { bytesRead } = await handle.read(bytes, 0, pictureBytes, start + index * stride);
    if (bytesRead < pictureBytes) throw new Error('the file has become shorter since it was opened');
    return bytes;
  } finally {
    await handle.close();
  }
}
