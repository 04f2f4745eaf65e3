import * as tf from '@tensorflow/tfjs';
import { OnnxRuntimeError } from './errors.js';
import { tensorType } from './graph.js';
import type { Elements, Value } from './graph.js';
import { openSession } from './open-session.js';
import { record } from './record.js';
import type { InputType, Recording } from './record.js';
import { BACKEND_NAME, onnxRuntimeBackend } from './register.js';
import { inPrecision, requirePrecision } from './rewrites/precision.js';
import type { Precision } from './rewrites/precision.js';
import { simplify } from './rewrites/rewrite.js';
import { asOwnNodes } from './rewrites/standardize.js';
import type { Session } from './session.js';
import type { TensorStore } from './tensor-store.js';

/** How a function is compiled. */
export interface CompileOptions {
  /** Bakes variables in as constants, for inference; assigning one is refused. */
  readonly freezeVariables?: boolean;
  /**
   * With `int8`, products with trainable variables run in 8-bit integers, each column of the weights in steps of its own; needs
   * `freezeVariables`. All else, and variables that are not trained, stay in floats.
   */
  readonly precision?: Precision;
  /** Threads of a run; the number of cores by default. */
  readonly threads?: number;
  /** Start of the path of a file that gets the time of every node of every run, as ONNX Runtime writes it, when the function is disposed. */
  readonly profile?: string;
}

const OPTIONS: readonly string[] = [
  'freezeVariables',
  'precision',
  'threads',
  'profile',
] satisfies (keyof CompileOptions)[];

/** A function that runs as one ONNX graph. */
export interface CompiledFunction<Inputs extends tf.Tensor[], Result extends tf.Tensor | tf.Tensor[]> {
  /** Runs on tensors; for each combination of their shapes a graph is recorded once. */
  (...inputs: Inputs): Result;
  /** Frees the sessions; calling the function afterwards throws. */
  dispose(): void;
}

/**
 * Makes one ONNX graph of a tfjs function, gradients and optimizer updates included, for each set of input shapes.
 * Variables that the function reads are fed at every run, and those that it assigns are replaced after it.
 * Throws `RecordingError` at the first call where the function cannot be a graph.
 */
export function compile<Inputs extends tf.Tensor[], Result extends tf.Tensor | tf.Tensor[]>(
  fn: (...inputs: Inputs) => Result,
  options: CompileOptions = {},
): CompiledFunction<Inputs, Result> {
  for (const key of Object.keys(options)) {
    if (!OPTIONS.includes(key))
      throw new OnnxRuntimeError(`Expected the options ${OPTIONS.join(', ')} but received ${key}`);
  }
  requirePrecision(options.precision);
  if (options.precision === 'int8' && !options.freezeVariables)
    throw new OnnxRuntimeError(
      'Expected freezeVariables for the precision int8: weights that change cannot be rounded once',
    );
  const programs = new Map<string, Program>();
  let disposed = false;
  const compiled = (...inputs: Inputs): Result => {
    if (disposed) throw new OnnxRuntimeError('Expected a compiled function but it was disposed');
    const store = onnxRuntimeBackend();
    if (store.recorder) return fn(...inputs);
    const types = inputs.map(inputType);
    const key = types.map(({ dtype, shape }) => `${dtype}[${shape.join()}]`).join();
    let program = programs.get(key);
    if (!program) {
      program = new Program(
        store,
        onBackend(() =>
          record(store, (...tensors) => fn(...(tensors as Inputs)), types, options.freezeVariables ?? false),
        ),
        options,
      );
      programs.set(key, program);
    }
    return program.run(inputs) as Result;
  };
  return Object.assign(compiled, {
    dispose: () => {
      disposed = true;
      for (const program of programs.values()) program.dispose();
      programs.clear();
    },
  });
}

export function inputType({ shape, dtype }: tf.Tensor): InputType {
  if (dtype === 'string' || dtype === 'complex64')
    throw new OnnxRuntimeError(`Expected inputs of numbers but received ${dtype}`);
  return { shape: [...shape], dtype };
}

/** Runs with `onnxruntime` as tfjs's backend and goes back to the one before, if there was one. */
export function onBackend<T>(run: () => T): T {
  const previous: string | undefined = tf.getBackend();
  if (previous === BACKEND_NAME) return run();
  // The promises say what is known by then: this backend starts at once, and the one before has started already.
  void tf.setBackend(BACKEND_NAME);
  try {
    return run();
  } finally {
    if (previous !== undefined) void tf.setBackend(previous);
  }
}

/** A recording as a session: what is fed, and where its outputs go. */
class Program {
  private readonly session: Session;
  private readonly outputs: readonly Value[];
  /** What the callbacks of `HostValues` fill before every run. */
  private readonly hostArrays: readonly Elements[];
  /** For each assigned variable, the array that the next run writes. */
  private readonly spares: (Elements | undefined)[];

  constructor(
    private readonly store: TensorStore,
    private readonly recording: Recording,
    { freezeVariables: _, precision, ...options }: CompileOptions,
  ) {
    const { inputs, variables, hostDraws, outputs, assigned } = recording;
    const graphInputs = [...inputs, ...variables.map(({ value }) => value), ...hostDraws.map(({ value }) => value)];
    const simple = simplify({ inputs: graphInputs, outputs: [...outputs, ...assigned.map(({ value }) => value)] });
    this.outputs = asOwnNodes(inPrecision(simple, precision, recording.weights).outputs);
    this.session = openSession(
      { inputs: graphInputs, outputs: this.outputs },
      { ...options, arena: true, spinning: true },
    );
    this.hostArrays = hostDraws.map(({ value }) => store.pool.take(value));
    this.spares = assigned.map(() => undefined);
  }

  run(inputs: readonly tf.Tensor[]): tf.Tensor | tf.Tensor[] {
    const { variables, hostDraws, single, assigned } = this.recording;
    hostDraws.forEach(({ fill }, index) => fill(this.hostArrays[index] as Elements));
    const feeds = [
      ...inputs.map(({ dataId }) => this.store.elements(dataId)),
      ...variables.map(({ variable }) => this.store.elements(variable.dataId)),
      ...this.hostArrays,
    ];
    const returned = this.outputs.length - assigned.length;
    const results = this.outputs.map(
      (value, index) => (index < returned ? undefined : this.spares[index - returned]) ?? this.store.pool.take(value),
    );
    this.session.run(feeds, results);
    assigned.forEach(({ variable }, index) => {
      this.spares[index] = this.replace(variable, results[returned + index]);
    });
    const tensors = this.outputs.slice(0, returned).map((value, index) => this.tensor(value, results[index]));
    return single ? (tensors[0] as tf.Tensor) : tensors;
  }

  dispose(): void {
    this.session.dispose();
  }

  /** Gives a variable new values; returns its old array when nobody else can see it. */
  private replace(variable: tf.Variable, values: Elements | undefined): Elements | undefined {
    const entry = this.store.data.get(variable.dataId);
    if (entry.refCount === 1) {
      const old = entry.exposed ? undefined : (entry.values as Float32Array);
      entry.values = values as Float32Array;
      entry.exposed = false;
      return old;
    }
    const tensor = this.store.tensor(this.store.adopt(values as Float32Array, variable.shape, variable.dtype));
    variable.assign(tensor);
    tensor.dispose();
    return undefined;
  }

  private tensor({ shape, dtype }: Value, values: Elements | undefined): tf.Tensor {
    return this.store.tensor(this.store.adopt(values as Float32Array, shape, tensorType(dtype)));
  }
}
