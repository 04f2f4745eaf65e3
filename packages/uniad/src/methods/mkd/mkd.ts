import * as tf from '@tensorflow/tfjs';
import { describeBackbone, neck } from '@uniad/backbones';
import { BatchNorm2d, Conv2d, heNormal, Parameters, zeros } from '@uniad/nn';
import type { Generator, StateDict } from '@uniad/nn';
import { RunError } from '../../errors.js';
import { descend } from '../../training/gradient-descent.js';
import { readBatch } from '../../training/feature-source.js';
import type { PictureSource } from '../../training/feature-source.js';
import type { AnomalyModel, Method, Pictures } from '../method.js';
import type { MkdConfig } from './config.js';

/** Keeps the gradient of a norm finite at zero. */
const EPSILON = 1e-12;

/** Pictures on which the two losses are balanced before training. */
const BALANCED_ON = 8;

/** A student's stage: convolutions of its own width, the first ones strided, and one that gives the teacher's channels. */
class StudentStage {
  private readonly layers: readonly { readonly conv: Conv2d; readonly norm: BatchNorm2d }[];
  private readonly output: Conv2d;

  /** @param halvings how many times the map is halved */
  constructor(
    parameters: Parameters,
    inputs: number,
    { channels, halvings }: { readonly channels: number; readonly halvings: number },
    { width, layers }: MkdConfig['student'],
    generator: Generator,
  ) {
    const weight = heNormal(generator);
    this.layers = Array.from({ length: Math.max(layers, halvings) }, (_, i) => {
      const [own, stride] = [parameters.scope(String(i)), i < halvings ? 2 : 1];
      return {
        conv: new Conv2d(own.scope('conv'), i === 0 ? inputs : width, width, 3, { weight, padding: 1, stride }),
        norm: new BatchNorm2d(own.scope('norm'), width),
      };
    });
    this.output = new Conv2d(parameters.scope('output'), width, channels, 3, { weight, bias: zeros, padding: 1 });
  }

  /** What the next stage goes on with, `[batch, rows, columns, width]`, and what is compared with the teacher's map. */
  forward(x: tf.Tensor4D, training: boolean): [hidden: tf.Tensor4D, map: tf.Tensor4D] {
    const convolved = (y: tf.Tensor4D, { conv, norm }: (typeof this.layers)[number]) =>
      tf.relu(norm.forward(conv.forward(y), training));
    const hidden = this.layers.reduce(convolved, x);
    return [hidden, this.output.forward(hidden)];
  }
}

/**
 * A student that was shown good pictures alone imitates the stages of a teacher, the backbone, and fails where a picture is not
 * good: Multiresolution Knowledge Distillation.
 */
export class MkdModel implements AnomalyModel {
  readonly parameters = new Parameters();
  private readonly stages: readonly { readonly wanted: boolean; readonly network: StudentStage }[];
  /** λ of equation 4. */
  private readonly lambda: tf.Variable;

  constructor(
    readonly config: MkdConfig,
    readonly channels: number,
    generator: Generator,
  ) {
    const { backbone, student } = config;
    const { stages } = describeBackbone(backbone.name);
    let [inputs, reached] = [3, 1];
    this.stages = stages
      .filter(({ stage }) => stage <= backbone.stages.at(-1)!)
      .map(({ stage, channels, stride }) => {
        const shape = { channels, halvings: Math.log2(stride / reached) };
        const scope = this.parameters.scope(`student.stage${stage}`);
        const network = new StudentStage(scope, inputs, shape, student, generator);
        [inputs, reached] = [student.width, stride];
        return { wanted: backbone.stages.includes(stage), network };
      });
    this.lambda = this.parameters.createBuffer('lambda', [1], () => Float32Array.of(1));
  }

  /** Pictures `[batch, height, width, 3]` to what the student takes for the teacher's maps. */
  imitate(images: tf.Tensor4D, training: boolean): tf.Tensor4D[] {
    return tf.tidy(() => {
      const maps: tf.Tensor4D[] = [];
      let x = images;
      for (const { wanted, network } of this.stages) {
        const [hidden, map] = network.forward(x, training);
        if (wanted) maps.push(map);
        x = hidden;
      }
      return maps;
    });
  }

  /**
   * What training makes small: L_val + λ L_dir (equation 4), a mean over the batch.
   *
   * @param teacher maps of the stages of the same pictures
   */
  loss(images: tf.Tensor4D, teacher: readonly tf.Tensor4D[]): tf.Scalar {
    const student = this.imitate(images, true);
    const losses = teacher.map((map, i) => {
      const { value, direction } = discrepancies(student[i]!, map);
      return tf.add(tf.mean(value), tf.mul(tf.mean(direction), tf.reshape(this.lambda, [])));
    });
    return losses.reduce((sum, loss) => tf.add(sum, loss)) as tf.Scalar;
  }

  /** L_val and L_dir of an untrained student, means over the batch. */
  untrainedLosses(images: tf.Tensor4D, teacher: readonly tf.Tensor4D[]): [value: tf.Tensor, direction: tf.Tensor] {
    const stages = this.imitate(images, false).map((map, i) => discrepancies(map, teacher[i]!));
    return [
      tf.addN(stages.map(({ value }) => tf.mean(value))),
      tf.addN(stages.map(({ direction }) => tf.mean(direction))),
    ];
  }

  /** What each place has of the loss, all stages brought to the tokens' size: `[batch, rows, columns]`, whose mean is the loss. */
  distance(_features: tf.Tensor4D, pictures?: Pictures): tf.Tensor3D {
    if (!pictures) throw new RunError('Expected the pictures for the method mkd but received their features alone');
    const { featureSize, neck: options } = this.config;
    return tf.tidy(() => {
      const student = this.imitate(pictures.images, false);
      const stages = pictures.maps.map((map, i) => {
        const { value, direction } = discrepancies(student[i]!, map);
        return tf.expandDims(tf.add(value, tf.mul(direction, this.lambda)), -1) as tf.Tensor4D;
      });
      return tf.sum(neck(stages, featureSize, options), -1);
    });
  }

  loadStateDict(state: StateDict): void {
    this.parameters.loadStateDict(state);
  }

  dispose(): void {
    this.parameters.dispose();
  }
}

/**
 * Equations 2 and 3 of one stage, place by place: means over the places are its share of L_val, the squared difference, and of
 * L_dir, 1 - cos of the angle between the two maps as vectors, which is half the squared difference of their unit vectors.
 *
 * @param student and teacher `[batch, rows, columns, channels]`
 * @returns `[batch, rows, columns]` each
 */
export function discrepancies(
  student: tf.Tensor4D,
  teacher: tf.Tensor4D,
): { readonly value: tf.Tensor3D; readonly direction: tf.Tensor3D } {
  const [, rows, columns] = teacher.shape;
  const unit = (map: tf.Tensor4D) => {
    const squares = tf.sum(tf.square(map), [1, 2, 3], true); // [batch, 1, 1, 1]
    return tf.mul(map, tf.rsqrt(tf.add(squares, EPSILON)));
  };
  const value = tf.mean(tf.square(tf.sub(student, teacher)), -1) as tf.Tensor3D;
  const turned = tf.sum(tf.square(tf.sub(unit(student), unit(teacher))), -1);
  return { value, direction: tf.mul(turned, (rows * columns) / 2) as tf.Tensor3D };
}

/** Multiresolution Knowledge Distillation (Salehi et al. 2021). */
export const mkd: Method<MkdConfig, MkdModel, PictureSource> = {
  looksAt: 'pictures',
  learns: 'in epochs',

  create: (config, channels, generator) => new MkdModel(config, channels, generator),

  async fit(model, source, training, compile, hooks = {}) {
    if (!hooks.resume) await balance(model, source, hooks.signal);
    const student = {
      parameters: model.parameters,
      loss: (images: tf.Tensor4D) => model.loss(images, source.maps(images, false)),
      loadStateDict: (state: StateDict) => model.loadStateDict(state),
    };
    return descend(student, source, training, compile, hooks);
  },
};

/** Has both losses of the untrained student weigh the same (section 3.1), on pictures spread evenly over those that are there. */
async function balance(model: MkdModel, source: PictureSource, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  const count = Math.min(BALANCED_ON, source.length);
  const chosen = Array.from({ length: count }, (_, i) => Math.floor((i * source.length) / count));
  const images = await readBatch(source, chosen);
  const losses = tf.tidy(() => model.untrainedLosses(images, source.maps(images, false)));
  try {
    const [value, direction] = await Promise.all(losses.map((loss) => loss.data()));
    const state = await model.parameters.stateDict();
    model.loadStateDict({ ...state, lambda: { shape: [1], data: Float32Array.of(value![0]! / direction![0]!) } });
  } finally {
    tf.dispose([images, losses]);
  }
}
