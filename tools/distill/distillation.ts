import * as tf from '@tensorflow/tfjs';
import { createTrainableBackbone, describeBackbone } from '@uniad/backbones';
import type { Backbone } from '@uniad/backbones';
import { AdamW, Conv2d, Generator, Parameters, zeros } from '@uniad/nn';
import type { Initialiser, StateDict } from '@uniad/nn';
import { compile } from '@uniad/tfjs-onnxruntime';
import type { CompiledFunction } from '@uniad/tfjs-onnxruntime';

/** The backbone that is trained. */
export const STUDENT = 'uniad_tiny';

/**
 * The student, a linear head for each stage that is thrown away in the end, and their optimizer. A step runs teacher,
 * student, gradients and update as one graph.
 */
export class Distillation {
  private readonly parameters = new Parameters();
  private readonly optimizer: AdamW;
  private readonly standards: readonly { readonly mean: tf.Tensor1D; readonly deviation: tf.Tensor1D }[];
  private readonly compiled: CompiledFunction<[tf.Tensor4D], tf.Tensor1D>;

  constructor(
    teacher: Backbone,
    statistics: StateDict,
    { seed, weightDecay, threads }: { readonly seed: number; readonly weightDecay: number; readonly threads: number },
  ) {
    const stages = teacher.stages.map(({ stride }) => stageOfStride(stride));
    const student = createTrainableBackbone(STUDENT, {
      stages: stages.map(({ stage }) => stage),
      weights: new Generator(seed).fork('weights'),
      parameters: this.parameters.scope('student'),
    });
    const heads = teacher.stages.map(
      ({ stage, channels }, i) =>
        new Conv2d(this.parameters.scope(`heads.${stage}`), stages[i]!.channels, channels, 1, {
          weight: identity,
          bias: zeros,
        }),
    );
    this.standards = teacher.stages.map(({ stage }) => ({
      mean: vector(statistics, `mean.${stage}`),
      deviation: vector(statistics, `deviation.${stage}`),
    }));
    this.optimizer = new AdamW(this.parameters, { learningRate: 0, weightDecay });
    const step = (images: tf.Tensor4D): tf.Tensor1D => {
      const targets = teacher
        .forward(images)
        .map((map, i) => tf.div(tf.sub(map, this.standards[i]!.mean), this.standards[i]!.deviation));
      let losses: tf.Scalar[] = [];
      const loss = (): tf.Scalar => {
        const maps = student.forward(images, true);
        losses = maps.map((map, i) => tf.mean<tf.Scalar>(tf.squaredDifference(heads[i]!.forward(map), targets[i]!)));
        return tf.addN(losses) as tf.Scalar;
      };
      const named = this.parameters.entries();
      const { value, grads } = tf.variableGrads(
        loss,
        named.map(([, variable]) => variable),
      );
      this.optimizer.step(Object.fromEntries(named.map(([name, variable]) => [name, grads[variable.name]!])));
      value.dispose();
      return tf.stack(losses) as tf.Tensor1D;
    };
    this.compiled = compile(step, { threads });
  }

  /** Takes one step on `[batch, height, width, 3]` and gives the mean squared error of each stage. */
  step(images: tf.Tensor4D, rate: number): number[] {
    this.optimizer.learningRate = rate;
    const losses = this.compiled(images);
    const values = Array.from(losses.dataSync());
    losses.dispose();
    return values;
  }

  /** The student's weights under the names of its backbone. */
  studentWeights(): Promise<StateDict> {
    return this.parameters.scope('student').stateDict();
  }

  async stateDict(): Promise<StateDict> {
    return {
      ...prefixed('model.', await this.parameters.stateDict()),
      ...prefixed('optimizer.', await this.optimizer.stateDict()),
    };
  }

  loadStateDict(state: StateDict): void {
    this.parameters.loadStateDict(withPrefix('model.', state));
    this.optimizer.loadStateDict(withPrefix('optimizer.', state));
  }

  dispose(): void {
    this.compiled.dispose();
    this.optimizer.dispose();
    tf.dispose(this.standards.map(({ mean, deviation }) => [mean, deviation]));
    this.parameters.dispose();
  }
}

/** The student's stage whose map is as large as one of the teacher's. */
function stageOfStride(stride: number): { readonly stage: number; readonly channels: number } {
  const own = describeBackbone(STUDENT).stages.find((stage) => stage.stride === stride);
  if (!own) throw new Error(`Expected a teacher's stages to have strides of ${STUDENT} but received ${stride}`);
  return own;
}

/** The student's channels start as guesses of the teacher's first, so that it keeps their geometry when the head goes. */
const identity: Initialiser = ([to = 0, from = 0]) => {
  const weight = new Float32Array(to * from);
  for (let i = 0; i < Math.min(to, from); i++) weight[i * from + i] = 1;
  return weight;
};

function vector(state: StateDict, name: string): tf.Tensor1D {
  return tf.tensor1d(state[name]!.data);
}

export function prefixed(prefix: string, state: StateDict): StateDict {
  return Object.fromEntries(Object.entries(state).map(([name, tensor]) => [prefix + name, tensor]));
}

export function withPrefix(prefix: string, state: StateDict): StateDict {
  return Object.fromEntries(
    Object.entries(state).flatMap(([name, tensor]) =>
      name.startsWith(prefix) ? [[name.slice(prefix.length), tensor]] : [],
    ),
  );
}
