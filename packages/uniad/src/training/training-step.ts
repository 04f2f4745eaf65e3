import * as tf from '@tensorflow/tfjs';
import { AdamW, clipByGlobalNorm } from '@uniad/nn';
import type { Parameters, StateDict } from '@uniad/nn';
import type { Compile, CompiledFunction } from '../device/device.js';
import type { TrainingOptions } from './training-options.js';

/** Loss, gradients, clipping and AdamW for one batch: on a device that compiles, one graph. */
export class TrainingStep {
  private readonly optimizer: AdamW;
  private readonly compiled: CompiledFunction;

  /**
   * @param loss of a batch `[batch, rows, columns, channels]`
   * @param prepare comes before it, without a gradient
   */
  constructor(
    parameters: Parameters,
    loss: (batch: tf.Tensor4D) => tf.Scalar,
    { learningRate, weightDecay, clipNorm }: Pick<TrainingOptions, 'learningRate' | 'weightDecay' | 'clipNorm'>,
    compile: Compile,
    prepare: (batch: tf.Tensor4D) => tf.Tensor4D = (batch) => batch,
  ) {
    const optimizer = new AdamW(parameters, { learningRate, weightDecay });
    this.optimizer = optimizer;
    this.compiled = compile((raw) => {
      const batch = prepare(raw as tf.Tensor4D);
      const named = parameters.entries();
      const { value, grads } = tf.variableGrads(
        () => loss(batch),
        named.map(([, variable]) => variable),
      );
      const gradients = Object.fromEntries(named.map(([name, variable]) => [name, grads[variable.name]!]));
      const clipped = clipByGlobalNorm(gradients, clipNorm);
      optimizer.step(clipped.gradients);
      return [value, clipped.norm];
    });
  }

  /** Of the next step. */
  get learningRate(): number {
    return this.optimizer.learningRate;
  }

  /** Of the steps from now on. */
  set learningRate(rate: number) {
    this.optimizer.learningRate = rate;
  }

  /**
   * Updates the parameters on one batch.
   *
   * @param batch `[batch, rows, columns, channels]`
   * @returns the loss and the norm of the gradient before clipping
   */
  async run(batch: tf.Tensor4D): Promise<{ loss: number; gradientNorm: number }> {
    const [loss, norm] = this.compiled(batch) as [tf.Scalar, tf.Scalar];
    try {
      const [[lossValue], [normValue]] = await Promise.all([loss.data(), norm.data()]);
      return { loss: lossValue!, gradientNorm: normValue! };
    } finally {
      tf.dispose([loss, norm]);
    }
  }

  /** The optimizer's moments and step count. */
  stateDict(): Promise<StateDict> {
    return this.optimizer.stateDict();
  }

  /** @throws StateDictError when the state is of another optimizer or other parameters */
  loadStateDict(state: StateDict): void {
    this.optimizer.loadStateDict(state);
  }

  /** Frees the compiled step and the optimizer; the model stays. */
  dispose(): void {
    this.compiled.dispose();
    this.optimizer.dispose();
  }
}
