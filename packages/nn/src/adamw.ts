import * as tf from '@tensorflow/tfjs';
import { hostValues } from './host-values.js';
import type { Parameters } from './parameters.js';
import { restore, snapshot, StateDictError } from './state-dict.js';
import type { StateDict } from './state-dict.js';

export interface AdamWOptions {
  readonly learningRate: number;
  readonly betas?: readonly [first: number, second: number];
  readonly epsilon?: number;
  readonly weightDecay?: number;
}

interface Moments {
  readonly first: tf.Variable;
  readonly second: tf.Variable;
}

/** Where the step count stands in the state dict. */
const STEP = 'step';

/** Adam with decoupled weight decay on every parameter, number for number as torch.optim.AdamW. */
export class AdamW {
  /** Multiplies every update; may change between steps. */
  learningRate: number;
  private readonly betas: readonly [number, number];
  private readonly epsilon: number;
  private readonly weightDecay: number;
  private readonly moments = new Map<string, Moments>();
  private steps = 0;

  constructor(
    private readonly parameters: Parameters,
    { learningRate, betas = [0.9, 0.999], epsilon = 1e-8, weightDecay = 0.01 }: AdamWOptions,
  ) {
    this.learningRate = learningRate;
    this.betas = betas;
    this.epsilon = epsilon;
    this.weightDecay = weightDecay;
    for (const [name, { shape }] of parameters.entries()) {
      const moment = () => tf.tidy(() => tf.variable(tf.zeros(shape), false));
      this.moments.set(name, { first: moment(), second: moment() });
    }
  }

  /**
   * Updates every parameter once.
   *
   * What changes from step to step (rate, bias corrections, the step count itself) enters as host values: a recorded
   * step is replayed without this method being called again, and still counts.
   *
   * @param gradients by parameter name
   */
  step(gradients: Readonly<Record<string, tf.Tensor>>): void {
    const [beta1, beta2] = this.betas;
    tf.tidy(() => {
      const scalars = hostValues(() => this.nextScalars(), [3], 'float32');
      const [decay, stepSize, epsilon] = tf.unstack(scalars) as [tf.Scalar, tf.Scalar, tf.Scalar];
      for (const [name, parameter] of this.parameters.entries()) {
        const gradient = gradients[name];
        if (!gradient) throw new Error(`Expected a gradient for ${name} but received none`);
        const { first, second } = this.moments.get(name)!;
        const m = tf.add(tf.mul(first, beta1), tf.mul(gradient, 1 - beta1));
        const v = tf.add(tf.mul(second, beta2), tf.mul(tf.square(gradient), 1 - beta2));
        const update = tf.div(tf.mul(m, stepSize), tf.add(tf.sqrt(v), epsilon));
        parameter.assign(tf.sub(tf.mul(parameter, decay), update));
        first.assign(m);
        second.assign(v);
      }
    });
  }

  /**
   * Counts a step and gives what it multiplies with. With bias corrections c₁ and c₂, torch's rate·(m/c₁) / (√(v/c₂) + ε)
   * is (rate·√c₂/c₁)·m / (√v + ε·√c₂).
   */
  private nextScalars(): Float32Array {
    this.steps++;
    const correction1 = 1 - this.betas[0] ** this.steps;
    const root2 = Math.sqrt(1 - this.betas[1] ** this.steps);
    return Float32Array.of(1 - this.learningRate * this.weightDecay, (this.learningRate * root2) / correction1, this.epsilon * root2);
  }

  /** Moments as `NAME.exp_avg` and `NAME.exp_avg_sq`, and the step count. */
  stateDict(): StateDict {
    return { ...snapshot(this.named()), [STEP]: { shape: [], data: Float32Array.of(this.steps) } };
  }

  /** @throws StateDictError when a name or a shape does not fit; nothing is changed then */
  loadStateDict(state: StateDict): void {
    const { [STEP]: steps, ...moments } = state;
    if (steps?.data.length !== 1) throw new StateDictError([STEP], [], []);
    restore(this.named(), moments);
    this.steps = steps.data[0]!;
  }

  private named(): [string, tf.Variable][] {
    return [...this.moments].flatMap(([name, { first, second }]): [string, tf.Variable][] => [
      [`${name}.exp_avg`, first],
      [`${name}.exp_avg_sq`, second],
    ]);
  }

  dispose(): void {
    for (const { first, second } of this.moments.values()) tf.dispose([first, second]);
    this.moments.clear();
  }
}
