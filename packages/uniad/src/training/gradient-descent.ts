import type * as tf from '@tensorflow/tfjs';
import { Generator } from '@uniad/nn';
import type { Parameters, StateDict } from '@uniad/nn';
import type { Compile } from '../device/device.js';
import { RunError } from '../errors.js';
import { readBatch } from './feature-source.js';
import type { FeatureSource } from './feature-source.js';
import { learningRateSchedule } from './learning-rate.js';
import type { TrainingOptions } from './training-options.js';
import { TrainingStep } from './training-step.js';

/** What an epoch came to. */
export interface EpochLog {
  readonly epoch: number;
  /** Mean over the epoch's batches. */
  readonly loss: number;
  /** Of its last batch. */
  readonly learningRate: number;
  readonly seconds: number;
}

/** All that an interrupted training needs to go on exactly as if it had not been interrupted. */
export interface TrainingState {
  readonly model: StateDict;
  readonly optimizer: StateDict;
  /** One entry a finished epoch. */
  readonly log: readonly EpochLog[];
}

/** What happened in a training so far. */
export interface StepProgress {
  readonly epoch: number;
  readonly batch: number;
  readonly batches: number;
  readonly loss: number;
}

/** Who is told of what during a training, what stops it, and where it goes on from. */
export interface FitHooks {
  /** After each batch. */
  readonly onStep?: (step: StepProgress) => void;
  /** After each epoch; `state` reads the parameters, so call it only where they are kept. */
  readonly onEpoch?: (log: EpochLog, state: () => Promise<TrainingState>) => Promise<void>;
  /** How far a method that has no epochs has come. */
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void;
  readonly signal?: AbortSignal | undefined;
  /** Goes on from here. */
  readonly resume?: TrainingState | undefined;
}

/** What gradients can train. */
export interface Trainable {
  readonly parameters: Parameters;
  /** Comes before the loss, without a gradient; the same shape. */
  prepare?(batch: tf.Tensor4D): tf.Tensor4D;
  /**
   * @param batch `[batch, rows, columns, channels]`
   * @param generator draws what is random in training
   */
  loss(batch: tf.Tensor4D, generator: Generator): tf.Scalar;
  loadStateDict(state: StateDict): void;
}

/**
 * Trains a model that is new, or resumed, until `options.epochs` are done.
 *
 * Shuffling, jitter and dropout of an epoch follow from the seed and the epoch's number alone, so a resumed run draws
 * what an uninterrupted one would have drawn.
 *
 * @throws RunError when the loss is no longer a number; the signal's reason when it is aborted
 */
export async function descend(
  model: Trainable,
  source: FeatureSource,
  options: TrainingOptions,
  compile: Compile,
  hooks: FitHooks = {},
): Promise<readonly EpochLog[]> {
  const { epochs, batchSize, seed } = options;
  const root = new Generator(seed);
  const noise = root.fork('noise');
  const batches = Math.ceil(source.length / batchSize);
  const rateOf = learningRateSchedule(options, batches);
  const prepare = (batch: tf.Tensor4D) => model.prepare?.(batch) ?? batch;
  const step = new TrainingStep(model.parameters, (batch) => model.loss(batch, noise), options, compile, prepare);
  const log: EpochLog[] = [...(hooks.resume?.log ?? [])];
  try {
    if (hooks.resume) {
      model.loadStateDict(hooks.resume.model);
      step.loadStateDict(hooks.resume.optimizer);
    }
    for (let epoch = log.length + 1; epoch <= epochs; epoch++) {
      const started = performance.now();
      const order = root.fork(`shuffle ${epoch}`).shuffle(Array.from({ length: source.length }, (_, i) => i));
      noise.state = root.fork(`noise ${epoch}`).state;
      let sum = 0;
      for (let batch = 0; batch < batches; batch++) {
        hooks.signal?.throwIfAborted();
        step.learningRate = rateOf((epoch - 1) * batches + batch);
        const features = await readBatch(source, order.slice(batch * batchSize, (batch + 1) * batchSize));
        const { loss } = await step.run(features).finally(() => features.dispose());
        if (!Number.isFinite(loss)) {
          throw new RunError(
            `The loss became ${loss} in epoch ${epoch}; a lower learning rate than ${options.learningRate} may cure it`,
          );
        }
        sum += loss;
        hooks.onStep?.({ epoch, batch: batch + 1, batches, loss });
      }
      log.push({
        epoch,
        loss: sum / batches,
        learningRate: step.learningRate,
        seconds: (performance.now() - started) / 1000,
      });
      await hooks.onEpoch?.(log.at(-1)!, async () => {
        return { model: await model.parameters.stateDict(), optimizer: await step.stateDict(), log: [...log] };
      });
    }
    return log;
  } finally {
    step.dispose();
  }
}
