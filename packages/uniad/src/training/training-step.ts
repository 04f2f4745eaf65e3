import * as tf from '@tensorflow/tfjs';
import { AdamW, clipByGlobalNorm } from '@uniad/nn';
import type { Generator, StateDict } from '@uniad/nn';
import type { Compile, CompiledFunction } from '../device/device.js';
import { reconstructionLoss } from '../model/loss.js';
import type { UniAD } from '../model/uniad.js';
import type { TrainingOptions } from './options.js';

/** Loss, gradients, clipping and AdamW for one batch: on a device that compiles, one graph. */
export class TrainingStep {
  private readonly optimizer: AdamW;
  private readonly compiled: CompiledFunction;

  /** @param generator draws jitter and dropout; whoever trains sets its state */
  constructor(
    model: UniAD,
    { learningRate, weightDecay, clipNorm }: Pick<TrainingOptions, 'learningRate' | 'weightDecay' | 'clipNorm'>,
    compile: Compile,
    generator: Generator,
  ) {
    const { config, parameters } = model;
    const optimizer = new AdamW(parameters, { learningRate, weightDecay });
    this.optimizer = optimizer;
    this.compiled = compile((raw) => {
      const features = model.whiten(raw as tf.Tensor4D);
      const loss = () => reconstructionLoss(features, model.reconstruct(features, generator), config.loss);
      const named = parameters.entries();
      const { value, grads } = tf.variableGrads(
        loss,
        named.map(([, variable]) => variable),
      );
      const gradients = Object.fromEntries(named.map(([name, variable]) => [name, grads[variable.name]!]));
      const clipped = clipByGlobalNorm(gradients, clipNorm);
      optimizer.step(clipped.gradients);
      return [value, clipped.norm];
    });
  }

  get learningRate(): number {
    return this.optimizer.learningRate;
  }

  set learningRate(rate: number) {
    this.optimizer.learningRate = rate;
  }

  /**
   * Updates the model on one batch.
   *
   * @param features `[batch, rows, columns, channels]`
   * @returns the loss and the norm of the gradient before clipping
   */
  async run(features: tf.Tensor4D): Promise<{ loss: number; gradientNorm: number }> {
    const [loss, norm] = this.compiled(features) as [tf.Scalar, tf.Scalar];
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

  loadStateDict(state: StateDict): void {
    this.optimizer.loadStateDict(state);
  }

  dispose(): void {
    this.compiled.dispose();
    this.optimizer.dispose();
  }
}
