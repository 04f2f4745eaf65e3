import * as tf from '@tensorflow/tfjs';
import { Generator, Parameters } from '@uniad/nn';
import { Decoder } from './decoder.js';
import { Encoder } from './encoder.js';
import { TransformerError } from './error.js';
import { neighborMask } from './neighbor-mask.js';
import { LearnedPositionEmbedding, SinePositionEmbedding } from './position-embedding.js';

beforeAll(() => tf.setBackend('cpu'));

const options = { width: 8, heads: 2, feedForwardWidth: 16, dropoutRate: 0.1, norm: 'post' as const };
const tokens = () =>
  tf.tensor(new Generator(5).fillNormal(new Float32Array(2 * 12 * 8), 0, 1), [2, 12, 8]) as tf.Tensor3D;

describe.each(['post', 'pre'] as const)('encoder and decoder, %s-norm', (norm) => {
  const build = () => {
    const parameters = new Parameters();
    const generator = new Generator(0);
    const encoder = new Encoder(parameters.scope('encoder'), 2, { ...options, norm }, generator);
    const decoder = new Decoder(parameters.scope('decoder'), 2, 12, { ...options, norm }, generator);
    const position = new SinePositionEmbedding([3, 4], 8);
    return { parameters, encoder, decoder, position };
  };

  test('keep the shape, free what they make, and repeat themselves in evaluation', () => {
    const { parameters, encoder, decoder, position } = build();
    const input = tokens();
    const run = () =>
      tf.tidy(() => {
        const memory = encoder.forward(input, position.forward());
        return decoder.forward(memory, position.forward(), {});
      });
    const first = run();
    const before = tf.memory().numTensors;
    const second = run();
    expect(first.shape).toEqual([2, 12, 8]);
    expect(second.dataSync()).toEqual(first.dataSync());
    second.dispose();
    expect(tf.memory().numTensors).toBe(before);
    parameters.dispose();
    position.dispose();
  });

  test('dropout follows the generator', () => {
    const { encoder, position } = build();
    const input = tokens();
    const draw = (seed: number) =>
      encoder.forward(input, position.forward(), undefined, new Generator(seed)).dataSync();
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
  });

  test('through a masked layer, a token is deaf to its neighbors but for the residual', () => {
    const parameters = new Parameters();
    const encoder = new Encoder(parameters, 1, { ...options, norm }, new Generator(0));
    const position = new SinePositionEmbedding([3, 4], 8).forward();
    const mask = neighborMask([3, 4], [3, 3]);
    const input = tokens();
    const change = new Float32Array(2 * 12 * 8);
    for (const picture of [0, 1]) change[(picture * 12 + 1) * 8 + 3] = 1; // Channel 3 of token 1.
    const moved = tf.add(input, tf.tensor(change, [2, 12, 8])) as tf.Tensor3D;
    const difference = tf.tidy(() =>
      tf
        .sum(tf.abs(tf.sub(encoder.forward(input, position, mask), encoder.forward(moved, position, mask))), [0, 2])
        .dataSync(),
    );
    // Tokens 0, 2, 4, 5 and 6 touch token 1 on the 3x4 grid; 3 and the last row do not.
    for (const token of [0, 2, 4, 5, 6]) expect(difference[token]).toBeLessThan(1e-5);
    for (const token of [1, 3, 7, 8, 9, 10, 11]) expect(difference[token]).toBeGreaterThan(1e-4);
    parameters.dispose();
  });
});

describe('position embeddings', () => {
  test('sine: columns in the second half, rows in the first', () => {
    const embedding = new SinePositionEmbedding([2, 3], 8).forward().arraySync()[0]!;
    const angle = (position: number, length: number, pair: number) =>
      ((position / (length + 1e-6)) * 2 * Math.PI) / 10000 ** ((2 * pair) / 4);
    embedding.forEach((channels, token) => {
      const [row, column] = [Math.floor(token / 3) + 1, (token % 3) + 1];
      const expected = [
        Math.sin(angle(row, 2, 0)),
        Math.cos(angle(row, 2, 0)),
        Math.sin(angle(row, 2, 1)),
        Math.cos(angle(row, 2, 1)),
        Math.sin(angle(column, 3, 0)),
        Math.cos(angle(column, 3, 0)),
        Math.sin(angle(column, 3, 1)),
        Math.cos(angle(column, 3, 1)),
      ];
      channels.forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 5));
    });
  });

  test('learned: column half, then row half', async () => {
    const parameters = new Parameters();
    const embedding = new LearnedPositionEmbedding(parameters, [2, 3], 4, new Generator(0)).forward().arraySync()[0]!;
    const { 'row_embed.weight': rows, 'col_embed.weight': columns } = await parameters.stateDict();
    embedding.forEach((channels, token) => {
      const [row, column] = [Math.floor(token / 3), token % 3];
      expect(channels).toEqual([
        ...columns!.data.slice(2 * column, 2 * column + 2),
        ...rows!.data.slice(2 * row, 2 * row + 2),
      ]);
    });
  });

  test('refuse an odd width', () => {
    expect(() => new SinePositionEmbedding([2, 2], 7)).toThrow(TransformerError);
    expect(() => new SinePositionEmbedding([2, 2], 7)).toThrow('Expected an even number for hiddenDim but received 7');
  });
});
