import * as tf from '@tensorflow/tfjs';
import type { HostValuesAttributes } from '@uniad/nn';
import { ArrayPool } from './array-pool.js';
import type { Elements } from './graph.js';

type BackendValues = tf.backend_util.BackendValues;

export type KernelCall = Parameters<tf.KernelFunc>[0];

export interface TensorData {
  /** What the tensor holds; tfjs's `cpu` kernels read it from here. */
  values: BackendValues;
  readonly dtype: tf.DataType;
  refCount: number;
  readonly complexTensorInfos?: { readonly real: tf.TensorInfo; readonly imag: tf.TensorInfo };
  /** Whether someone outside may hold `values`, so that it must never be written again. */
  exposed: boolean;
}

/** Takes the place of execution while a function is recorded. */
export interface KernelRecorder {
  run(kernelName: string, call: KernelCall): tf.TensorInfo | tf.TensorInfo[];
  hostValues(attributes: HostValuesAttributes): tf.TensorInfo;
  /** Throws where the tensor has no values before the recorded graph runs. */
  refuseRead(dataId: object): void;
}

/**
 * Tensors in typed arrays, with the members that tfjs's `cpu` kernels use (`data`, `makeTensorInfo`, `bufferSync`, ...), so that
 * those serve wherever ONNX has no equivalent.
 */
export abstract class TensorStore extends tf.KernelBackend {
  readonly data = new tf.DataStorage<TensorData>(this, tf.engine());
  readonly pool = new ArrayPool();
  recorder: KernelRecorder | undefined;

  override write(values: BackendValues, _shape: number[], dtype: tf.DataType): object {
    const dataId = {};
    this.data.set(dataId, { values, dtype, refCount: 1, exposed: true });
    return dataId;
  }

  override move(dataId: object, values: BackendValues, _shape: number[], dtype: tf.DataType, refCount: number): void {
    this.data.set(dataId, { values, dtype, refCount, exposed: true });
  }

  makeTensorInfo(shape: number[], dtype: tf.DataType, values: BackendValues | string[] = []): tf.TensorInfo {
    const stored =
      dtype === 'string'
        ? (values as (string | Uint8Array)[]).map((value) =>
            typeof value === 'string' ? tf.util.encodeString(value) : value,
          )
        : values;
    return { dataId: this.write(stored as BackendValues, shape, dtype), shape, dtype };
  }

  /** What a few `cpu` kernels call in place of `makeTensorInfo`. */
  makeOutput(values: BackendValues, shape: number[], dtype: tf.DataType): tf.Tensor {
    return tf.engine().makeTensorFromTensorInfo(this.makeTensorInfo(shape, dtype, values), this);
  }

  /** A tensor whose values nobody else holds. */
  adopt(values: Elements, shape: readonly number[], dtype: tf.DataType): tf.TensorInfo {
    const dataId = {};
    this.data.set(dataId, { values: values as Float32Array, dtype, refCount: 1, exposed: false });
    return { dataId, shape: [...shape], dtype };
  }

  /** tfjs's handle of a tensor that is stored here. */
  tensor({ dataId, shape, dtype }: tf.TensorInfo): tf.Tensor {
    return tf.engine().makeTensorFromDataId(dataId, shape, dtype, this);
  }

  /** Another tensor on the same values. */
  share({ dataId, shape, dtype }: tf.TensorInfo): tf.TensorInfo {
    this.incRef(dataId);
    return { dataId, shape, dtype };
  }

  /** The numbers of a tensor, moved here from another backend where it has to be. */
  elements(dataId: object): Float32Array | Int32Array | Uint8Array {
    const entry = this.data.get(dataId);
    // Now and then a cpu kernel leaves a plain array, or numbers of another type than it says.
    const values = entry.values as Float32Array | Int32Array | Uint8Array;
    if (entry.dtype === 'float32' && values[Symbol.toStringTag] !== 'Float32Array')
      entry.values = Float32Array.from(values);
    else if (entry.dtype === 'int32' && values[Symbol.toStringTag] !== 'Int32Array')
      entry.values = Int32Array.from(values);
    else if (entry.dtype === 'bool' && values[Symbol.toStringTag] !== 'Uint8Array')
      entry.values = Uint8Array.from(values);
    return entry.values as Float32Array | Int32Array | Uint8Array;
  }

  override async read(dataId: object): Promise<BackendValues> {
    return this.readSync(dataId);
  }

  override readSync(dataId: object): BackendValues {
    this.recorder?.refuseRead(dataId);
    const entry = this.data.get(dataId);
    if (entry.complexTensorInfos) {
      const { real, imag } = entry.complexTensorInfos;
      return tf.backend_util.mergeRealAndImagArrays(
        this.readSync(real.dataId) as Float32Array,
        this.readSync(imag.dataId) as Float32Array,
      );
    }
    entry.exposed = true;
    return tf.util.convertBackendValuesAndArrayBuffer(entry.values, entry.dtype);
  }

  bufferSync(tensor: tf.TensorInfo): tf.TensorBuffer<tf.Rank, tf.DataType> {
    const values = this.readSync(tensor.dataId);
    const decoded =
      tensor.dtype === 'string' ? (values as Uint8Array[]).map((bytes) => tf.util.decodeString(bytes)) : values;
    return tf.buffer(tensor.shape, tensor.dtype, decoded as tf.DataTypeMap[tf.DataType]);
  }

  where(condition: tf.TensorInfo): tf.Tensor2D {
    return tf.kernel_impls.whereImpl(condition.shape, this.readSync(condition.dataId) as Uint8Array);
  }

  override refCount(dataId: object): number {
    return this.data.has(dataId) ? this.data.get(dataId).refCount : 0;
  }

  override incRef(dataId: object): void {
    this.data.get(dataId).refCount++;
  }

  decRef(dataId: object): void {
    if (this.data.has(dataId)) this.data.get(dataId).refCount--;
  }

  override disposeData(dataId: object, force = false): boolean {
    if (!this.data.has(dataId)) return true;
    const entry = this.data.get(dataId);
    entry.refCount--;
    if (!force && entry.refCount > 0) return false;
    if (entry.complexTensorInfos) {
      this.disposeData(entry.complexTensorInfos.real.dataId, true);
      this.disposeData(entry.complexTensorInfos.imag.dataId, true);
    }
    this.data.delete(dataId);
    if (!entry.exposed) this.pool.give(entry.values as Elements, entry.dtype);
    return true;
  }

  disposeIntermediateTensorInfo(tensor: tf.TensorInfo): void {
    this.disposeData(tensor.dataId);
  }

  override numDataIds(): number {
    return this.data.numDataIds();
  }
}
