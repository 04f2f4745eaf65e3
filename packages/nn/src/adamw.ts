import * as tf from '@tensorflow/tfjs';
import { ArgumentError } from './errors.js';
import { fused } from './fused.js';
import { hostValues } from './host-values.js';
import { joinableGroups, joined, parted } from './joined.js';
import type { Parameters } from './parameters.js';
import { checkStateDict, restore, shapesOf, snapshot } from './state-dict.js';
import type { StateDict } from './state-dict.js';

/** The settings of {@link AdamW}, with torch's defaults. */
export interface AdamWOptions {
  readonly learningRate: number;
  readonly betas?: readonly [first: number, second: number];
  readonly epsilon?: number;
  readonly weightDecay?: number;
}

interface Trained {
  readonly parameter: tf.Variable;
  readonly first: tf.Variable;
  readonly second: tf.Variable;
}

/** Of each step: decay, step size and epsilon. */
const SCALARS = 3;

/** Where the step count stands in the state dict. */
const STEP = 'step';

/** Adam with decoupled weight decay on every parameter, number for number as torch.optim.AdamW (Loshchilov and Hutter 2019). */
export class AdamW {
  private rate: number;
  private readonly betas: readonly [number, number];
  private readonly epsilon: number;
  private readonly weightDecay: number;
  private readonly trained: ReadonlyMap<string, Trained>;
  /** Names of parameters that are updated together. */
  private readonly groups: readonly (readonly string[])[];
  private steps = 0;

  /** @throws ArgumentError when a setting is out of its range */
  constructor(
    parameters: Parameters,
    { learningRate, betas = [0.9, 0.999], epsilon = 1e-8, weightDecay = 0.01 }: AdamWOptions,
  ) {
    this.rate = checked('learningRate', learningRate);
    this.betas = [checked('betas[0]', betas[0], 1), checked('betas[1]', betas[1], 1)];
    this.epsilon = checked('epsilon', epsilon);
    this.weightDecay = checked('weightDecay', weightDecay);
    const moment = ({ shape }: tf.Variable) => tf.tidy(() => tf.variable(tf.zeros(shape), false));
    this.trained = new Map(
      parameters
        .entries()
        .map(([name, parameter]) => [name, { parameter, first: moment(parameter), second: moment(parameter) }]),
    );
    this.groups = joinableGroups(parameters.entries());
  }

  /** Multiplies every update; may change between steps, and throws ArgumentError when it is negative or no number. */
  get learningRate(): number {
    return this.rate;
  }

  /** Of the steps from now on, as a schedule sets it. */
  set learningRate(rate: number) {
    this.rate = checked('learningRate', rate);
  }

  /**
   * Updates every parameter once.
   *
   * What changes from step to step (rate, bias corrections, the step count itself) enters as host values: a recorded
   * step is replayed without this method being called again, and still counts.
   *
   * @param gradients one for each parameter, by its name
   * @throws ArgumentError when a gradient is missing or of no parameter; nothing has changed then
   */
  step(gradients: Readonly<Record<string, tf.Tensor>>): void {
    const missing = [...this.trained.keys()].filter((name) => !gradients[name]);
    const unexpected = Object.keys(gradients).filter((name) => !this.trained.has(name));
    if (missing.length > 0)
      throw new ArgumentError(`Expected a gradient for every parameter but received none for ${missing.join(', ')}`);
    if (unexpected.length > 0)
      throw new ArgumentError(`Expected gradients of parameters only but received ${unexpected.join(', ')}`);
    tf.tidy(() => {
      const scalars = hostValues((values) => values.set(this.nextScalars()), [SCALARS], 'float32');
      for (const names of this.groups) {
        const group = names.map((name) => this.trained.get(name)!);
        const shapes = group.map(({ parameter }) => parameter.shape);
        const count = names.length;
        const before = [
          ...names.map((name) => gradients[name]!),
          ...group.map(({ parameter }) => parameter),
          ...group.map(({ first }) => first),
          ...group.map(({ second }) => second),
        ];
        const after = fused(`AdamW ${this.betas.join()}`, [scalars, ...before], (scalars, ...tensors) => {
          const [gradient, parameter, first, second] = [0, 1, 2, 3].map((row) =>
            joined(tensors.slice(row * count, (row + 1) * count)),
          );
          return this.updated(scalars, gradient!, parameter!, first!, second!).flatMap((tensor) =>
            parted(tensor, shapes),
          );
        });
        group.forEach(({ parameter, first, second }, i) => {
          [parameter, first, second].forEach((variable, row) => variable.assign(after[row * count + i]!));
        });
      }
    });
  }

  /** A copy of the moments as `NAME.exp_avg` and `NAME.exp_avg_sq`, and of the step count as `step`, as they are now. */
  async stateDict(): Promise<StateDict> {
    const step = { shape: [], data: Float32Array.of(this.steps) };
    return { ...(await snapshot(this.moments())), [STEP]: step };
  }

  /** @throws StateDictError that lists every name that is missing, unexpected or misshapen; nothing has changed then */
  loadStateDict(state: StateDict): void {
    const moments = this.moments();
    checkStateDict(state, new Map([...shapesOf(moments), [STEP, []]]));
    restore(moments, state);
    this.steps = state[STEP]!.data[0]!;
  }

  /** Frees the moments; the parameters belong to others. */
  dispose(): void {
    for (const { first, second } of this.trained.values()) tf.dispose([first, second]);
  }

  /** A parameter and its moments after a step. */
  private updated(
    scalars: tf.Tensor,
    gradient: tf.Tensor,
    parameter: tf.Tensor,
    first: tf.Tensor,
    second: tf.Tensor,
  ): tf.Tensor[] {
    const [beta1, beta2] = this.betas;
    const [decay, stepSize, epsilon] = tf.unstack(scalars) as [tf.Scalar, tf.Scalar, tf.Scalar];
    const m = tf.add(tf.mul(first, beta1), tf.mul(gradient, 1 - beta1));
    const v = tf.add(tf.mul(second, beta2), tf.mul(tf.square(gradient), 1 - beta2));
    const change = tf.div(tf.mul(m, stepSize), tf.add(tf.sqrt(v), epsilon));
    return [tf.sub(tf.mul(parameter, decay), change), m, v];
  }

  /**
   * Counts a step and gives what it multiplies with. With bias corrections c₁ and c₂, torch's rate·(m/c₁) / (√(v/c₂) + ε)
   * is (rate·√c₂/c₁)·m / (√v + ε·√c₂).
   */
  private nextScalars(): Float32Array {
    this.steps++;
    const correction1 = 1 - this.betas[0] ** this.steps;
    const root2 = Math.sqrt(1 - this.betas[1] ** this.steps);
    return Float32Array.of(1 - this.rate * this.weightDecay, (this.rate * root2) / correction1, this.epsilon * root2);
  }

  private moments(): [string, tf.Variable][] {
    return [...this.trained].flatMap(([name, { first, second }]): [string, tf.Variable][] => [
      [`${name}.exp_avg`, first],
      [`${name}.exp_avg_sq`, second],
    ]);
  }
}

function checked(setting: string, value: number, below = Infinity): number {
  if (value >= 0 && value < below) return value;
  throw new ArgumentError(
    `Expected a number from 0${below < Infinity ? ` to below ${below}` : ''} for ${setting} but received ${value}`,
  );
}
