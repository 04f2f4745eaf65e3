import * as tf from '@tensorflow/tfjs';
import { uniform } from '@uniad/nn';
import type { Generator, Parameters } from '@uniad/nn';
import { TransformerError } from './error.js';
import type { GridSize } from './neighbor-mask.js';

/** Tells a transformer where each token stands: added to query and key of every attention. */
export interface PositionEmbedding {
  /** `[1, tokens, width]`, tokens in row-major order. */
  forward(): tf.Tensor3D;
  /** Frees what is not a parameter. */
  dispose(): void;
}

function halfOf(width: number): number {
  if (width % 2 !== 0) throw new TransformerError(`Expected an even number for hiddenDim but received ${width}`);
  return width / 2;
}

/** One learned vector a column and one a row, joined: the first half of the channels tells the column. */
export class LearnedPositionEmbedding implements PositionEmbedding {
  private readonly rowEmbed: tf.Variable; // [height, width / 2]
  private readonly colEmbed: tf.Variable; // [width, width / 2]

  /** @throws TransformerError when the width is odd */
  constructor(
    parameters: Parameters,
    private readonly featureSize: GridSize,
    width: number,
    generator: Generator,
  ) {
    const half = halfOf(width);
    this.rowEmbed = parameters.create('row_embed.weight', [featureSize[0], half], uniform(generator, 0, 1));
    this.colEmbed = parameters.create('col_embed.weight', [featureSize[1], half], uniform(generator, 0, 1));
  }

  forward(): tf.Tensor3D {
    const [height, width] = this.featureSize;
    const columns = tf.tile(tf.expandDims(this.colEmbed, 0), [height, 1, 1]); // [height, width, half]
    const rows = tf.tile(tf.expandDims(this.rowEmbed, 1), [1, width, 1]); // [height, width, half]
    return tf.reshape(tf.concat([columns, rows], -1), [1, height * width, -1]);
  }

  /** Its tensors belong to the parameters. */
  dispose(): void {}
}

/** Sines and cosines of the position scaled to a full turn, as in DETR: the first half of the channels tells the row. */
export class SinePositionEmbedding implements PositionEmbedding {
  private readonly embedding: tf.Tensor3D;

  /** @throws TransformerError when the width is odd */
  constructor(featureSize: GridSize, width: number) {
    const half = halfOf(width);
    const [height, columns] = featureSize;
    const values = new Float32Array(height * columns * width);
    for (let row = 0; row < height; row++) {
      for (let column = 0; column < columns; column++) {
        const offset = (row * columns + column) * width;
        writeWave(values.subarray(offset, offset + half), (row + 1) / (height + 1e-6));
        writeWave(values.subarray(offset + half, offset + width), (column + 1) / (columns + 1e-6));
      }
    }
    this.embedding = tf.tensor3d(values, [1, height * columns, width]);
  }

  forward(): tf.Tensor3D {
    return this.embedding;
  }

  /** Frees the sines. */
  dispose(): void {
    this.embedding.dispose();
  }
}

const TEMPERATURE = 10000;

/** Fills a half of a token's channels with waves of falling frequency at `fraction` of a turn. */
function writeWave(channels: Float32Array, fraction: number): void {
  channels.forEach((_, channel) => {
    const pair = 2 * Math.floor(channel / 2);
    const angle = (2 * Math.PI * fraction) / TEMPERATURE ** (pair / channels.length);
    channels[channel] = channel % 2 === 0 ? Math.sin(angle) : Math.cos(angle);
  });
}
