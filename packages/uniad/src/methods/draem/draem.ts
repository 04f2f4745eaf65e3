import * as tf from '@tensorflow/tfjs';
import { BatchNorm2d, Conv2d, maxPool, normal, Parameters, softplus, zeros } from '@uniad/nn';
import type { Generator, StateDict } from '@uniad/nn';
import { RunError } from '../../errors.js';
import { descend } from '../../training/gradient-descent.js';
import type { AnomalyModel, Method, Pictures } from '../method.js';
import { toUnitValues } from '../unit-values.js';
import type { DraemConfig } from './config.js';
import { simulateAnomalies } from './simulate-anomalies.js';
import type { Simulated } from './simulate-anomalies.js';
import { ssim } from './ssim.js';

/** Of the initial weights, as the authors draw them. */
const DEVIATION = 0.02;

/** 3x3 convolutions, each with a batch norm and ReLU behind it. */
class Block {
  private readonly layers: readonly { readonly conv: Conv2d; readonly norm: BatchNorm2d }[];

  /**
   * @param channels going in, and coming out of each convolution
   * @param first the first convolution's place among the authors' layers
   */
  constructor(parameters: Parameters, channels: readonly number[], generator: Generator, first = 0) {
    this.layers = channels.slice(1).map((outputs, i) => {
      const conv = parameters.scope(String(first + 3 * i)); // The third of each is the ReLU.
      return {
        conv: convolution(conv, channels[i]!, outputs, generator),
        norm: new BatchNorm2d(parameters.scope(String(first + 3 * i + 1)), outputs, {
          weight: normal(generator, 1, DEVIATION),
        }),
      };
    });
  }

  forward(x: tf.Tensor4D, training: boolean): tf.Tensor4D {
    return this.layers.reduce((y, { conv, norm }) => tf.relu(norm.forward(conv.forward(y), training)), x);
  }
}

function convolution(parameters: Parameters, inputs: number, outputs: number, generator: Generator): Conv2d {
  const weight = normal(generator, 0, DEVIATION);
  return new Conv2d(parameters, inputs, outputs, 3, { weight, bias: zeros, padding: 1 });
}

/** Blocks of two convolutions; between them the map is halved. */
class Encoder {
  private readonly blocks: readonly Block[];

  constructor(parameters: Parameters, inputs: number, widths: readonly number[], generator: Generator) {
    this.blocks = widths.map((width, i) => {
      const scope = parameters.scope(`block${i + 1}`);
      return new Block(scope, [i === 0 ? inputs : widths[i - 1]!, width, width], generator);
    });
  }

  /** What each block makes, the deepest first. */
  forward(x: tf.Tensor4D, training: boolean): tf.Tensor4D[] {
    const maps: tf.Tensor4D[] = [];
    for (const block of this.blocks) maps.unshift(block.forward(maps[0] ? maxPool(maps[0], 2) : x, training));
    return maps;
  }
}

/** A step of a decoder, in units of the network's width: channels of the convolution behind the doubling, and of the block. */
interface Step {
  readonly name: string;
  readonly up: readonly [inputs: number, outputs: number];
  /** Its inputs are `up`'s outputs and the channels of the encoder's map of that size, where the network has such shortcuts. */
  readonly block: readonly [inputs: number, middle: number, outputs: number];
}

/** Doubles the map, with a convolution and a block behind, step by step. */
class Decoder {
  private readonly steps: readonly { readonly up: Block; readonly block: Block }[];
  private readonly output: Conv2d;

  constructor(
    parameters: Parameters,
    steps: readonly Step[],
    { width, outputs }: { readonly width: number; readonly outputs: number },
    generator: Generator,
  ) {
    const times = (units: readonly number[]) => units.map((unit) => unit * width);
    this.steps = steps.map(({ name, up, block }) => ({
      up: new Block(parameters.scope(`up${name}`), times(up), generator, 1), // The doubling is the authors' layer 0.
      block: new Block(parameters.scope(`db${name}`), times(block), generator),
    }));
    this.output = convolution(parameters.scope('fin_out.0'), width, outputs, generator);
  }

  /** @param shortcuts the encoder's map for each step, to be put beside the doubled one; none for a network without them */
  forward(x: tf.Tensor4D, shortcuts: readonly tf.Tensor4D[], training: boolean): tf.Tensor4D {
    const decoded = this.steps.reduce((y, { up, block }, i) => {
      const [, rows, columns] = y.shape;
      const doubled = up.forward(tf.image.resizeBilinear(y, [2 * rows, 2 * columns], true), training);
      const shortcut = shortcuts[i];
      return block.forward(shortcut ? tf.concat([doubled, shortcut], 3) : doubled, training);
    }, x);
    return this.output.forward(decoded);
  }
}

/** No shortcuts: what is not good shall not get past the narrow middle (section 3.1). */
const RECONSTRUCTIVE: readonly Step[] = [
  { name: '1', up: [8, 8], block: [8, 8, 4] },
  { name: '2', up: [4, 4], block: [4, 4, 2] },
  { name: '3', up: [2, 2], block: [2, 2, 1] },
  { name: '4', up: [1, 1], block: [1, 1, 1] },
];

/** A U-Net (section 3.3). */
const DISCRIMINATIVE: readonly Step[] = [
  { name: '_b', up: [8, 8], block: [16, 8, 8] },
  { name: '1', up: [8, 4], block: [12, 4, 4] },
  { name: '2', up: [4, 2], block: [6, 2, 2] },
  { name: '3', up: [2, 1], block: [3, 1, 1] },
  { name: '4', up: [1, 1], block: [2, 1, 1] },
];

/**
 * One network learns to make good pictures of ones with simulated anomalies, another to tell from both where the anomalies are.
 * Parameters carry the names of the authors' networks as anomalib has them.
 */
export class DraemModel implements AnomalyModel {
  readonly parameters = new Parameters();
  private readonly reconstructive: { readonly encoder: Encoder; readonly decoder: Decoder };
  private readonly discriminative: { readonly encoder: Encoder; readonly decoder: Decoder };

  constructor(
    readonly config: DraemConfig,
    readonly channels: number,
    generator: Generator,
  ) {
    const { reconstructive: w, discriminative: d } = config.widths;
    const first = this.parameters.scope('reconstructive_subnetwork');
    this.reconstructive = {
      encoder: new Encoder(first.scope('encoder'), 3, [w, 2 * w, 4 * w, 8 * w, 8 * w], generator),
      decoder: new Decoder(first.scope('decoder'), RECONSTRUCTIVE, { width: w, outputs: 3 }, generator),
    };
    const second = this.parameters.scope('discriminative_subnetwork');
    this.discriminative = {
      encoder: new Encoder(second.scope('encoder_segment'), 6, [d, 2 * d, 4 * d, 8 * d, 8 * d, 8 * d], generator),
      decoder: new Decoder(second.scope('decoder_segment'), DISCRIMINATIVE, { width: d, outputs: 2 }, generator),
    };
  }

  /** Pictures `[batch, height, width, 3]` of values from 0 to 1 as they would be without anomalies; the same shape. */
  reconstruct(pictures: tf.Tensor4D, training: boolean): tf.Tensor4D {
    const { encoder, decoder } = this.reconstructive;
    return decoder.forward(encoder.forward(pictures, training)[0]!, [], training);
  }

  /** Logits of normal and of anomalous at each pixel, `[batch, height, width, 2]`. */
  discriminate(pictures: tf.Tensor4D, reconstruction: tf.Tensor4D, training: boolean): tf.Tensor4D {
    const { encoder, decoder } = this.discriminative;
    const [deepest, ...shortcuts] = encoder.forward(tf.concat([pictures, reconstruction], 3), training);
    return decoder.forward(deepest!, shortcuts, training);
  }

  /** What training makes small (equations 1, 2, 4 and 5), of normalised good pictures. */
  loss(images: tf.Tensor4D, generator: Generator): tf.Scalar {
    const good = toUnitValues(images, this.config.backbone.name);
    return this.lossOf(good, simulateAnomalies(good, generator));
  }

  /** The same, of good pictures and what anomalies made of them. */
  lossOf(good: tf.Tensor4D, { pictures, mask }: Simulated): tf.Scalar {
    const reconstruction = this.reconstruct(pictures, true);
    const logits = this.discriminate(pictures, reconstruction, true);
    const reconstructed = tf.add(
      tf.mean(tf.square(tf.sub(reconstruction, good))),
      tf.mean(tf.sub(1, ssim(reconstruction, good))),
    );
    return tf.add(reconstructed, focalLoss(logits, mask)) as tf.Scalar;
  }

  /** How likely each pixel is anomalous: `[batch, height, width]`, from 0 to 1. */
  distance(_features: tf.Tensor4D, pictures?: Pictures): tf.Tensor3D {
    if (!pictures) throw new RunError('Expected the pictures for the method draem but received their features alone');
    return tf.tidy(() => {
      const unit = toUnitValues(pictures.images, this.config.backbone.name);
      return tf.sigmoid(margin(this.discriminate(unit, this.reconstruct(unit, false), false)));
    });
  }

  loadStateDict(state: StateDict): void {
    this.parameters.loadStateDict(state);
  }

  dispose(): void {
    this.parameters.dispose();
  }
}

/** The logit of anomalous over that of normal, `[batch, height, width]`: its sigmoid is the second value of their softmax. */
function margin(logits: tf.Tensor4D): tf.Tensor3D {
  const [normal, anomalous] = tf.split(logits, 2, 3);
  return tf.squeeze(tf.sub(anomalous!, normal!), [3]);
}

/**
 * Equation 4: the mean over pixels of -(1 - p)² log p, where p is the probability of what the pixel is (Lin et al. 2017, γ = 2).
 *
 * @param logits `[batch, height, width, 2]`
 * @param mask 1 where a pixel is anomalous, `[batch, height, width, 1]`
 */
function focalLoss(logits: tf.Tensor4D, mask: tf.Tensor4D): tf.Scalar {
  const sign = tf.sub(tf.mul(tf.squeeze(mask, [3]), 2), 1); // 1 or -1
  const right = tf.mul(margin(logits), sign);
  const wrong = tf.sigmoid(tf.neg(right)); // 1 - p
  return tf.mean(tf.mul(tf.square(wrong), softplus(tf.neg(right))));
}

/** A discriminatively trained reconstruction embedding (Zavrtanik et al. 2021). */
export const draem: Method<DraemConfig, DraemModel> = {
  looksAt: 'pictures',
  learns: 'in epochs',
  create: (config, channels, generator) => new DraemModel(config, channels, generator),
  fit: descend,
};
