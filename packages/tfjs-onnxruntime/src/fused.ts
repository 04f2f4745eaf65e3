import * as tf from '@tensorflow/tfjs';
import type { FusedAttributes } from '@uniad/nn';
import { RecordingError } from './errors.js';
import { constantOf } from './graph.js';
import type { Value } from './graph.js';
import { refuseDifferences } from './record.js';
import { Recorder } from './recorder.js';
import { simplify } from './rewrites/rewrite.js';
import type { TensorStore } from './tensor-store.js';

/** By position. */
type FusedInputs = Readonly<Record<string, Value>>;

/** The arguments of the function, by position. */
export function positional<T>(inputs: Readonly<Record<string, T>>, arity: number): T[] {
  return Array.from({ length: arity }, (_, position) => inputs[position] as T);
}

/**
 * The outputs of the function as values of a graph over `inputs`; an input that it returns is that same value.
 * Throws `RecordingError` where the function is no such graph.
 */
export function recordFused(store: TensorStore, inputs: FusedInputs, attributes: FusedAttributes): Value[] {
  const [first, second] = [recordOnce(store, inputs, attributes), recordOnce(store, inputs, attributes)];
  refuseDifferences(first.captured, second.captured);
  // A constant that the function made is a new one each time.
  const arrays = new Set(first.captured.map(constantOf));
  if (second.captured.some((value) => arrays.has(constantOf(value))))
    throw new RecordingError(
      `Expected the fused function ${attributes.name} to use its inputs alone but it used another tensor`,
    );
  const isInput = new Set(Object.values(inputs));
  const computed = simplify({ inputs: [...isInput], outputs: first.outputs }).outputs;
  return first.outputs.map((value, index) => (isInput.has(value) ? value : (computed[index] as Value)));
}

function recordOnce(
  store: TensorStore,
  inputs: FusedInputs,
  { name, fn, arity }: FusedAttributes,
): { outputs: Value[]; captured: readonly Value[] } {
  const recorder = new Recorder(store, []);
  const outputs: Value[] = [];
  try {
    store.recorder = recorder;
    tf.tidy(() => {
      const placeholders = Object.fromEntries(
        Object.entries(inputs).map(([position, value]) => [position, recorder.placeholder(value)]),
      );
      outputs.push(...fn(...positional(placeholders, arity)).map((tensor) => recorder.valueOf(tensor)));
    });
  } finally {
    store.recorder = undefined;
  }
  if (recorder.hostDraws.length > 0)
    throw new RecordingError(`Expected the fused function ${name} to take random numbers as inputs but it draws them`);
  return { outputs, captured: recorder.captured };
}
