import * as tf from '@tensorflow/tfjs';
import { dropout, gelu, Generator, multiplyAdds, Parameters, reluDropout } from '@uniad/nn';
import { Decoder } from './decoder.js';
import { Encoder } from './encoder.js';
import { TransformerError } from './error.js';
import { FeedForward } from './feed-forward.js';
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

test('without layers the encoder is the identity, post-norm, and a layer norm, pre-norm', () => {
  const [post, pre] = (['post', 'pre'] as const).map((norm) => {
    const parameters = new Parameters();
    const encoder = new Encoder(parameters, 0, { ...options, norm }, new Generator(0));
    const output = encoder.forward(tokens(), new SinePositionEmbedding([3, 4], 8).forward());
    return { names: parameters.entries().map(([name]) => name), output: output.arraySync() };
  });
  expect(post).toEqual({ names: [], output: tokens().arraySync() });
  expect(pre!.names).toEqual(['norm.weight', 'norm.bias']);
  for (const row of pre!.output.flat()) expect(Math.abs(row.reduce((a, b) => a + b))).toBeLessThan(1e-5);
});

test.each(['relu', 'gelu'] as const)('feed-forward network: %s, dropped out while training', (activation) => {
  const network = new FeedForward(new Parameters(), { ...options, activation }, new Generator(0));
  const activate = (x: tf.Tensor, generator?: Generator) => {
    if (activation === 'relu') return generator ? reluDropout(x, 0.1, generator) : tf.relu(x);
    return generator ? dropout(gelu(x), 0.1, generator) : gelu(x);
  };
  for (const seed of [undefined, 3]) {
    const generator = () => (seed === undefined ? undefined : new Generator(seed));
    const expected = network.linear2.forward(activate(network.linear1.forward(tokens()), generator()));
    expect(network.forward(tokens(), generator()).dataSync()).toEqual(expected.dataSync());
  }
});

describe('complexity', () => {
  test('multiply-adds are those of the formulas (table A7)', async () => {
    const { width, feedForwardWidth } = options;
    const [layers, count] = [3, 12];
    const encoder = new Encoder(new Parameters(), layers, options, new Generator(0));
    const decoder = new Decoder(new Parameters(), layers, count, options, new Generator(0));
    const position = new SinePositionEmbedding([3, 4], 8).forward();
    const picture = tf.zeros([1, count, width]) as tf.Tensor3D;
    // An attention maps query, key, value and output, and has two products with its weights.
    const attention = 4 * count * width ** 2 + 2 * count ** 2 * width;
    const feedForward = 2 * count * width * feedForwardWidth;
    expect(await multiplyAdds(() => encoder.forward(picture, position))).toBe(layers * (attention + feedForward));
    expect(await multiplyAdds(() => decoder.forward(picture, position, {}))).toBe(
      layers * (2 * attention + feedForward),
    );
  });

  test("the paper's encoder, decoder and position embedding have the official code's number of parameters", () => {
    const parameters = new Parameters();
    const paper = { ...options, width: 256, heads: 8, feedForwardWidth: 1024 };
    const nothing = { fillUniform: (x: Float32Array) => x, fillNormal: (x: Float32Array) => x } as unknown as Generator;
    new LearnedPositionEmbedding(parameters.scope('pos_embed'), [14, 14], 256, nothing);
    new Encoder(parameters.scope('encoder'), 4, paper, nothing);
    new Decoder(parameters.scope('decoder'), 4, 14 * 14, paper, nothing);
    const projections = (channels: number) => 2 * channels * 256 + 256 + channels;
    const learned = parameters.entries().reduce((sum, [, variable]) => sum + variable.size, 0);
    parameters.dispose();
    expect(learned + projections(272)).toBe(7_717_392);
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
