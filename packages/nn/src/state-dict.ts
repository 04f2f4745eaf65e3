import * as tf from '@tensorflow/tfjs';
import { sizeOf } from './shape.js';

/** The values of a tensor, row-major. */
export interface NamedTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** All tensors of a model or an optimizer by name. */
export type StateDict = Readonly<Record<string, NamedTensor>>;

/** A tensor whose shape is not the expected one. */
export interface Misshapen {
  readonly name: string;
  readonly expected: readonly number[];
  readonly received: readonly number[];
}

/** A state dict that does not fit a network: lists every parameter that is missing, unexpected or of another shape. */
export class StateDictError extends Error {
  override readonly name = 'StateDictError';

  constructor(
    readonly missing: readonly string[],
    readonly unexpected: readonly string[],
    readonly misshapen: readonly Misshapen[],
  ) {
    const shapes = misshapen.map(({ name, expected, received }) => `${name} (expected [${expected.join(', ')}] but received [${received.join(', ')}])`);
    const parts = [
      ['missing', missing],
      ['unexpected', unexpected],
      ['misshapen', shapes],
    ] as const;
    const found = parts.filter(([, names]) => names.length > 0).map(([what, names]) => `${what}: ${names.join(', ')}`);
    super(`Expected the parameters of this network but received others; ${found.join('; ')}`);
  }
}

/** A copy of the values of named variables. */
export function snapshot(variables: readonly (readonly [name: string, variable: tf.Variable])[]): StateDict {
  return Object.fromEntries(variables.map(([name, variable]) => [name, { shape: [...variable.shape], data: Float32Array.from(variable.dataSync()) }]));
}

/**
 * Gives named variables the values of a state dict.
 *
 * @throws StateDictError unless names and shapes are the same; nothing has changed then
 */
export function restore(variables: readonly (readonly [name: string, variable: tf.Variable])[], state: StateDict): void {
  const known = new Map(variables);
  const missing = [...known.keys()].filter((name) => !Object.hasOwn(state, name));
  const unexpected = Object.keys(state).filter((name) => !known.has(name));
  const misshapen = variables
    .filter(([name, { shape }]) => Object.hasOwn(state, name) && (state[name]!.shape.join() !== shape.join() || state[name]!.data.length !== sizeOf(shape)))
    .map(([name, { shape }]) => ({ name, expected: shape, received: state[name]!.shape }));
  if (missing.length + unexpected.length + misshapen.length > 0) throw new StateDictError(missing, unexpected, misshapen);
  tf.tidy(() => {
    for (const [name, variable] of variables) variable.assign(tf.tensor(Float32Array.from(state[name]!.data), variable.shape));
  });
}
