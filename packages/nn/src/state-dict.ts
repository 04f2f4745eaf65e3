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

/** Names beyond this many are counted in the message; the error's fields hold them all. */
const NAMES_IN_MESSAGE = 10;

/** A state dict that does not fit: it lists every tensor that is missing, unexpected or of another shape. */
export class StateDictError extends Error {
  override readonly name = 'StateDictError';
  readonly missing: readonly string[];
  readonly unexpected: readonly string[];
  readonly misshapen: readonly Misshapen[];

  constructor({ missing, unexpected, misshapen }: Pick<StateDictError, 'missing' | 'unexpected' | 'misshapen'>) {
    const shapes = misshapen.map(
      ({ name, expected, received }) =>
        `${name} (expected [${expected.join(', ')}] but received [${received.join(', ')}])`,
    );
    const found = [...listed('missing', missing), ...listed('unexpected', unexpected), ...listed('misshapen', shapes)];
    super(`Expected the parameters of this network but received others; ${found.join('; ')}`);
    this.missing = missing;
    this.unexpected = unexpected;
    this.misshapen = misshapen;
  }
}

function listed(what: string, names: readonly string[]): string[] {
  if (names.length === 0) return [];
  const more = names.length - NAMES_IN_MESSAGE;
  return [`${what}: ${names.slice(0, NAMES_IN_MESSAGE).join(', ')}${more > 0 ? ` and ${more} more` : ''}`];
}

/**
 * Holds a state dict against the names and shapes it should have.
 *
 * @throws StateDictError unless they are the same
 */
export function checkStateDict(state: StateDict, expected: ReadonlyMap<string, readonly number[]>): void {
  const missing = [...expected.keys()].filter((name) => !Object.hasOwn(state, name));
  const unexpected = Object.keys(state).filter((name) => !expected.has(name));
  const misshapen = [...expected].flatMap(([name, shape]) => {
    const tensor = Object.hasOwn(state, name) ? state[name] : undefined;
    if (!tensor) return [];
    if (tensor.shape.join() !== shape.join()) return [{ name, expected: shape, received: tensor.shape }];
    return tensor.data.length === sizeOf(shape) ? [] : [{ name, expected: shape, received: [tensor.data.length] }];
  });
  if (missing.length + unexpected.length + misshapen.length > 0)
    throw new StateDictError({ missing, unexpected, misshapen });
}

type NamedVariables = readonly (readonly [name: string, variable: tf.Variable])[];

/** The shapes of named variables, as {@link checkStateDict} asks for them. */
export function shapesOf(variables: NamedVariables): Map<string, readonly number[]> {
  return new Map(variables.map(([name, { shape }]) => [name, shape]));
}

/** A copy of what named variables hold now. */
export async function snapshot(variables: NamedVariables): Promise<StateDict> {
  // All reads begin before the first one ends: an assignment in between changes none of them. Not all devices can read at once.
  const reads = variables.map(async ([name, variable]): Promise<[string, NamedTensor]> => {
    const shape = [...variable.shape];
    // A device may hand out the array it goes on using, hence the copy.
    return [name, { shape, data: Float32Array.from(await variable.data()) }];
  });
  return Object.fromEntries(await Promise.all(reads));
}

/** Gives named variables the values of a state dict that has been checked. */
export function restore(variables: NamedVariables, state: StateDict): void {
  tf.tidy(() => {
    for (const [name, variable] of variables)
      variable.assign(tf.tensor(Float32Array.from(state[name]!.data), variable.shape));
  });
}
