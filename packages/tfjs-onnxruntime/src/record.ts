import * as tf from '@tensorflow/tfjs';
import { RecordingError } from './errors.js';
import type { Elements, Value } from './graph.js';
import { constantOf, input, sameShape } from './graph.js';
import { Recorder } from './recorder.js';
import type { HostDraw } from './recorder.js';
import type { TensorStore } from './tensor-store.js';

export type TensorFunction = (...inputs: tf.Tensor[]) => tf.Tensor | tf.Tensor[];

export interface InputType {
  /** Its name in the graph; `input0`, `input1`, ... when absent. */
  readonly name?: string;
  readonly shape: readonly number[];
  readonly dtype: 'float32' | 'int32' | 'bool';
}

export interface Recording {
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  /** Whether the function returns one tensor and not a list. */
  readonly single: boolean;
  readonly variables: readonly { readonly variable: tf.Variable; readonly value: Value }[];
  readonly assigned: readonly { readonly variable: tf.Variable; readonly value: Value }[];
  readonly hostDraws: readonly HostDraw[];
  readonly captured: readonly Value[];
  /** The values of trainable variables that are constants of the graph. */
  readonly weights: ReadonlySet<Elements>;
}

/**
 * Records a function as a graph, twice: constants that differ between the two were drawn at random in JavaScript.
 * Throws `RecordingError` where the function cannot be a graph.
 */
export function record(
  store: TensorStore,
  fn: TensorFunction,
  inputTypes: readonly InputType[],
  freezeVariables: boolean,
): Recording {
  const first = recordOnce(store, fn, inputTypes, freezeVariables);
  const second = recordOnce(store, fn, inputTypes, freezeVariables);
  refuseDifferences(first.captured, second.captured);
  return first;
}

function recordOnce(
  store: TensorStore,
  fn: TensorFunction,
  inputTypes: readonly InputType[],
  freezeVariables: boolean,
): Recording {
  const engine = tf.engine();
  const before = new Set(Object.values(engine.registeredVariables));
  const numbers = [...before].filter(({ dtype }) => dtype !== 'string' && dtype !== 'complex64');
  const recorder = new Recorder(store, freezeVariables ? [] : numbers);
  const keepers = numbers.map((variable) => ({ variable, keeper: hold(variable) }));
  try {
    store.recorder = recorder;
    const inputs = inputTypes.map(({ name, shape, dtype }, index) => input(name ?? `input${index}`, shape, dtype));
    const recording: Pick<Recording, 'outputs' | 'single' | 'assigned'>[] = [];
    tf.tidy(() => {
      const result = fn(...inputs.map((value) => recorder.placeholder(value)));
      const tensors = Array.isArray(result) ? result : [result];
      for (const tensor of tensors)
        if (!(tensor instanceof tf.Tensor))
          throw new RecordingError(`Expected the compiled function to return tensors but received ${typeof tensor}`);
      refuseNewVariables(before);
      const assigned = keepers
        .filter(({ variable, keeper }) => variable.dataId !== keeper.dataId)
        .map(({ variable }) => ({ variable, value: recorder.valueOf(variable) }));
      if (freezeVariables && assigned[0])
        throw new RecordingError(
          `Expected no assignment with freezeVariables but the variable ${assigned[0].variable.name} was assigned`,
        );
      recording.push({
        outputs: tensors.map((tensor) => recorder.valueOf(tensor)),
        single: !Array.isArray(result),
        assigned,
      });
    });
    const [only] = recording;
    if (!only) throw new RecordingError('Expected the function to be recorded');
    const variables = [...recorder.readVariables].map(([variable, value]) => ({ variable, value }));
    const { hostDraws, captured } = recorder;
    const weights = new Set(numbers.filter(({ trainable }) => trainable).flatMap((one) => recorder.frozen(one) ?? []));
    return { ...only, inputs, variables, hostDraws, captured, weights };
  } finally {
    for (const { variable, keeper } of keepers) {
      if (variable.dataId !== keeper.dataId) variable.assign(keeper);
      keeper.dispose();
    }
    store.recorder = undefined;
  }
}

/** Another tensor on the variable's data, wherever that is, so that an assignment does not free what the variable held. */
function hold({ dataId, shape, dtype }: tf.Variable): tf.Tensor {
  const engine = tf.engine();
  const backend = engine.state.tensorInfo.get(dataId)?.backend;
  backend?.incRef(dataId);
  return tf.keep(engine.makeTensorFromDataId(dataId, shape, dtype, backend));
}

function refuseNewVariables(before: ReadonlySet<tf.Variable>): void {
  const created = Object.values(tf.engine().registeredVariables).filter((variable) => !before.has(variable));
  for (const variable of created) variable.dispose();
  if (created[0])
    throw new RecordingError(
      `Expected every variable to exist before compile records, but ${created[0].name} was created: call the function once without compile, or create it outside`,
    );
}

export function refuseDifferences(first: readonly Value[], second: readonly Value[]): void {
  const same = first.length === second.length && first.every((value, index) => sameConstant(value, second[index]));
  if (same) return;
  throw new RecordingError(
    'Recording the function twice gave different constants: something in it is drawn at random or counted in JavaScript (tf.randomNormal, tf.dropout, Math.random, ...) and would be ' +
      'the same at every run. Draw it with hostValues, which is called anew at every run',
  );
}

function sameConstant(a: Value, b: Value | undefined): boolean {
  const [left, right] = [constantOf(a), b && constantOf(b)];
  return (
    left !== undefined &&
    right !== undefined &&
    (left === right || (sameShape(a.shape, b?.shape ?? []) && equal(left, right)))
  );
}

function equal(a: Elements, b: Elements): boolean {
  return a.length === b.length && a.every((element: number | bigint, index: number) => Object.is(element, b[index]));
}
