import type * as tf from '@tensorflow/tfjs';
import type { HostValuesAttributes } from '@uniad/nn';
import { RecordingError, UnsupportedKernelError } from './errors.js';
import { constant, constantOf, input, tensorType } from './graph.js';
import type { Elements, ElementType, Value } from './graph.js';
import { LOWERINGS } from './lowerings/index.js';
import { reshape } from './ops.js';
import type { KernelCall, KernelRecorder, TensorStore } from './tensor-store.js';

/** Values that JavaScript writes at every run. */
export interface HostDraw {
  readonly fill: (values: Elements) => void;
  readonly value: Value;
}

/** Stands in for execution: kernels add to a graph, and tensors are the values of that graph. */
export class Recorder implements KernelRecorder {
  /** Values of tensors made while recording, and of bound ones. */
  private readonly values = new Map<object, Value>();
  private readonly variables = new Map<object, tf.Variable>();
  /** Tensors that existed before, in the order of their first use, and those written from JavaScript. */
  readonly captured: Value[] = [];
  private readonly constants = new Map<object, Value>();
  readonly readVariables = new Map<tf.Variable, Value>();
  readonly hostDraws: HostDraw[] = [];

  constructor(
    private readonly store: TensorStore,
    variables: readonly tf.Variable[],
  ) {
    for (const variable of variables) this.variables.set(variable.dataId, variable);
  }

  /** A tensor that stands for `value`. The caller disposes it. */
  placeholder(value: Value): tf.Tensor {
    return this.store.tensor(this.emit(value));
  }

  run(kernelName: string, { inputs, attrs }: KernelCall): tf.TensorInfo | tf.TensorInfo[] {
    const lowering = LOWERINGS[kernelName];
    if (!lowering)
      throw new RecordingError(`Expected kernels with a lowering to ONNX while recording but received ${kernelName}`);
    const values = Object.fromEntries(
      Object.entries(inputs).flatMap(([name, info]) => (info ? [[name, this.valueOf(info as tf.TensorInfo)]] : [])),
    );
    try {
      const result = lowering(values as never, (attrs ?? {}) as never);
      return Array.isArray(result) ? result.map((value: Value) => this.emit(value)) : this.emit(result as Value);
    } catch (error) {
      if (!(error instanceof UnsupportedKernelError)) throw error;
      throw new RecordingError(`The kernel ${kernelName} has no lowering to ONNX for this use. ${error.message}`, {
        cause: error,
      });
    }
  }

  hostValues({ fill, shape, dtype }: HostValuesAttributes): tf.TensorInfo {
    const value = input(`host${this.hostDraws.length}`, [...shape], dtype);
    this.hostDraws.push({ fill: fill as HostDraw['fill'], value });
    return this.emit(value);
  }

  /** The graph's value for a tensor: recorded, a variable, or a constant captured from outside. */
  valueOf({ dataId, shape, dtype }: tf.TensorInfo): Value {
    const known = this.values.get(dataId) ?? this.variableValue(dataId) ?? this.constants.get(dataId);
    if (known) return reshape(known, shape);
    if (dtype === 'string' || dtype === 'complex64')
      throw new RecordingError(`Expected tensors of numbers while recording but received ${dtype}`);
    const value = constant(this.store.elements(dataId), [...shape], dtype);
    this.constants.set(dataId, value);
    this.captured.push(value);
    return value;
  }

  /** What a variable holds, where it was captured as a constant. */
  frozen({ dataId }: tf.Variable): Elements | undefined {
    const value = this.constants.get(dataId);
    return value && constantOf(value);
  }

  refuseRead(dataId: object): void {
    const what = this.values.has(dataId) ? 'a tensor' : this.variables.has(dataId) ? 'a variable' : undefined;
    if (!what) return;
    throw new RecordingError(
      `Expected no values to be read while compile records a function, but ${what} was (data, dataSync, array, print, ...): it has no value before the graph runs`,
    );
  }

  private variableValue(dataId: object): Value | undefined {
    const variable = this.variables.get(dataId);
    if (!variable) return undefined;
    let value = this.readVariables.get(variable);
    if (!value) {
      value = input(`variable${this.readVariables.size}`, [...variable.shape], variable.dtype as ElementType);
      this.readVariables.set(variable, value);
    }
    return value;
  }

  private emit(value: Value): tf.TensorInfo {
    const info = this.store.adopt(new Float32Array(0), value.shape, tensorType(value.dtype));
    this.values.set(info.dataId, value);
    return info;
  }
}
