import * as tf from '@tensorflow/tfjs';
import { ArgumentError } from './errors.js';
import type { Initialiser } from './initialisers.js';
import { checkStateDict, restore, shapesOf, snapshot } from './state-dict.js';
import type { StateDict } from './state-dict.js';

/** The named variables of a network, in the order of their creation; names are PyTorch's, as in `norm1.weight`. */
export class Parameters {
  private variables = new Map<string, tf.Variable>();
  private prefix = '';

  /** A view of the same variables in which every name gets `name.` in front. */
  scope(name: string): Parameters {
    const view = new Parameters();
    view.variables = this.variables;
    view.prefix = `${this.prefix}${name}.`;
    return view;
  }

  /** A new trainable variable; throws ArgumentError when the name is taken. */
  create(name: string, shape: readonly number[], initialiser: Initialiser): tf.Variable {
    return this.add(name, shape, initialiser, true);
  }

  /** A new variable that is saved with the others but not trained, such as a running mean; throws ArgumentError when the name is taken. */
  createBuffer(name: string, shape: readonly number[], initialiser: Initialiser): tf.Variable {
    return this.add(name, shape, initialiser, false);
  }

  /** The trainable variables below this scope, their names relative to it. */
  entries(): [string, tf.Variable][] {
    return this.all().filter(([, variable]) => variable.trainable);
  }

  /** A copy of all values as they are now. */
  stateDict(): Promise<StateDict> {
    return snapshot(this.all());
  }

  /** @throws StateDictError that lists every name that is missing, unexpected or misshapen; nothing has changed then */
  loadStateDict(state: StateDict): void {
    const variables = this.all();
    checkStateDict(state, shapesOf(variables));
    restore(variables, state);
  }

  /** Frees the variables below this scope, and their names. */
  dispose(): void {
    for (const [name, variable] of this.all()) {
      variable.dispose();
      this.variables.delete(this.prefix + name);
    }
  }

  private add(name: string, shape: readonly number[], initialiser: Initialiser, trainable: boolean): tf.Variable {
    const path = this.prefix + name;
    if (this.variables.has(path))
      throw new ArgumentError(`Expected a new name for a parameter but received ${path} again`);
    const values = tf.tensor(initialiser(shape), [...shape]);
    const variable = tf.variable(values, trainable);
    values.dispose();
    this.variables.set(path, variable);
    return variable;
  }

  private all(): [string, tf.Variable][] {
    return Array.from(this.variables)
      .filter(([path]) => path.startsWith(this.prefix))
      .map(([path, variable]) => [path.slice(this.prefix.length), variable]);
  }
}
