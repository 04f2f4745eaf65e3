import * as tf from '@tensorflow/tfjs';
import { Generator, LayerNorm, multiplyAdds, Parameters } from '@uniad/nn';
import { directionalGradients } from '../test/gradients.js';
import { decoderDesigns, vanillaWiring } from './decoder-wiring.js';
import { Decoder, DecoderLayer } from './decoder.js';
import type { DecoderOptions } from './decoder.js';
import type { DecoderDesign, DecoderWiring } from './decoder-wiring.js';
import { TransformerError } from './error.js';
import { neighborMask } from './neighbor-mask.js';

beforeAll(() => tf.setBackend('cpu'));

const [TOKENS, WIDTH] = [12, 8];
const options = { width: WIDTH, heads: 2, feedForwardWidth: 12, dropoutRate: 0 };
const random = (seed: number, batch = 2) => {
  const values = new Generator(seed).fillNormal(new Float32Array(batch * TOKENS * WIDTH), 0, 1);
  return tf.tensor3d(values, [batch, TOKENS, WIDTH]);
};

/** Lets token i see token i + shift alone, round the corner. */
function shiftMask(shift: number): tf.Tensor2D {
  const mask = new Float32Array(TOKENS * TOKENS).fill(-1e9);
  for (let i = 0; i < TOKENS; i++) mask[i * TOKENS + ((i + shift) % TOKENS)] = 0;
  return tf.tensor2d(mask, [TOKENS, TOKENS]);
}

describe('wiring', () => {
  type Moves = Partial<Record<'query' | 'encoder' | 'previous', number[]>>;

  // The first attention sees one token further, the second three: a change of a source moves the token where it asks, and those
  // one, three or four tokens before it where it is asked. Each design has a picture of its own, as figure A1 draws it.
  const expected: Record<DecoderDesign | 'vanilla', Moves> = {
    a: { query: [0], encoder: [-1], previous: [-3] },
    b: { query: [0], previous: [-1], encoder: [-3] },
    c: { query: [-3], encoder: [-4], previous: [0] },
    d: { query: [-3], previous: [-4], encoder: [0] },
    e: { previous: [-3], encoder: [-4], query: [0] },
    f: { encoder: [-3], previous: [-4], query: [0] },
    vanilla: { previous: [-1, 0], encoder: [-3] },
  };
  const wirings: [keyof typeof expected, DecoderWiring][] = [
    ...(Object.entries(decoderDesigns) as [DecoderDesign, DecoderWiring][]),
    ['vanilla', vanillaWiring],
  ];

  test('knows the designs of figure A1', () => {
    expect(Object.keys(decoderDesigns)).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
  });

  describe.each(['post', 'pre'] as const)('%s-norm', (norm) => {
    test.each(wirings)('%s: what moves when one token of one source changes', (name, wiring) => {
      const token = 5;
      const masks = { first: shiftMask(1), second: shiftMask(3) };
      const position = random(3, 1);
      const run = (changed: keyof Moves | 'nothing') => {
        const parameters = new Parameters();
        const layer = new DecoderLayer(parameters, TOKENS, wiring, { ...options, norm }, new Generator(0));
        const change = tf.tensor3d(
          Float32Array.from({ length: TOKENS * WIDTH }, (_, i) => Number(i === token * WIDTH + 2)),
          [1, TOKENS, WIDTH],
        );
        const source = (what: keyof Moves, x: tf.Tensor3D): tf.Tensor3D => (what === changed ? tf.add(x, change) : x);
        const query = parameters.entries().find(([name]) => name === 'learned_embed.weight')?.[1];
        if (changed === 'query') query!.assign(tf.add(query!, tf.reshape(change, [TOKENS, WIDTH])));
        const inputs = { encoder: source('encoder', random(1)), previous: source('previous', random(2)) };
        return { output: layer.forward(inputs, position, masks), hasQuery: query !== undefined };
      };
      const { output, hasQuery } = run('nothing');
      expect(hasQuery).toBe('query' in expected[name]);
      for (const [what, shifts] of Object.entries(expected[name]) as [keyof Moves, number[]][]) {
        const difference = tf.sum(tf.abs(tf.sub(run(what).output, output)), 2).arraySync() as number[][];
        const tokens = shifts.map((shift) => (token + shift + TOKENS) % TOKENS).sort((a, b) => a - b);
        for (const picture of difference) {
          expect({ what, moved: picture.flatMap((d, i) => (d > 1e-4 ? [i] : [])) }).toEqual({ what, moved: tokens });
          picture.forEach((d, i) => expect(tokens.includes(i) || d === 0).toBe(true));
        }
      }
    });
  });
});

describe('gradients', () => {
  const variants: [string, DecoderOptions][] = [
    ...Object.keys(decoderDesigns).map((design): [string, DecoderOptions] => [
      `design ${design}`,
      { ...options, design: design as DecoderDesign },
    ]),
    ['one query', { ...options, queries: 'one' }],
    ['no query', { ...options, queries: 'none' }],
    ['design a, pre-norm', { ...options, norm: 'pre' }],
    ['one query, pre-norm', { ...options, queries: 'one', norm: 'pre' }],
  ];

  test.each(variants)('%s: every parameter and input by finite differences, with dropout', (_, variant) => {
    const parameters = new Parameters();
    // Smooth, so that no difference steps over a bend.
    const smooth = { ...variant, activation: 'gelu' as const, dropoutRate: 0.2 };
    const decoder = new Decoder(parameters, 2, TOKENS, smooth, new Generator(0));
    const encoder = parameters.create('encoder', [2, TOKENS, WIDTH], () =>
      new Generator(1).fillNormal(new Float32Array(2 * TOKENS * WIDTH), 0, 1),
    );
    const [position, mask] = [random(3, 1), neighborMask([3, 4], [3, 3])];
    const forward = () =>
      decoder.forward(encoder as tf.Tensor as tf.Tensor3D, position, { first: mask }, new Generator(8));
    const rows = directionalGradients(forward, parameters.entries());
    expect(rows.length).toBe(parameters.entries().length);
    for (const [name, actual, numeric] of rows) {
      const close = Math.abs(actual - numeric) < 2e-3 * (1 + Math.abs(numeric));
      expect({ name, actual, numeric, close }).toEqual({ name, actual, numeric, close: true });
    }
  });
});

describe('queries', () => {
  test('one query: every picture has a dropout of its own in the first self-attention', async () => {
    const dropping = { ...options, dropoutRate: 0.5 };
    const parameters = new Parameters();
    const decoder = new Decoder(parameters, 1, TOKENS, { ...dropping, queries: 'one' }, new Generator(0));
    const state = await parameters.stateDict();
    const copy = new Parameters();
    const layer = new DecoderLayer(copy.scope('layers.0'), TOKENS, vanillaWiring, dropping, new Generator(1));
    copy.loadStateDict(Object.fromEntries(Object.entries(state).filter(([name]) => name.startsWith('layers.'))));
    const [encoder, position] = [random(1), random(3, 1)];
    const query = state['learned_embed.weight']!;
    const previous = tf.tile(tf.tensor3d(query.data, [1, TOKENS, WIDTH]), [2, 1, 1]);
    const expected = new LayerNorm(new Parameters(), WIDTH)
      .forward(layer.forward({ encoder, previous }, position, {}, new Generator(6)))
      .dataSync();
    expect(decoder.forward(encoder, position, {}, new Generator(6)).dataSync()).toEqual(expected);
  });

  test('one query: without dropout its self-attention is computed once for the whole batch', async () => {
    const decoder = new Decoder(new Parameters(), 1, TOKENS, { ...options, queries: 'one' }, new Generator(0));
    const count = (batch: number) => multiplyAdds(() => decoder.forward(random(1, batch), random(3, 1), {}));
    const [one, two, three] = [await count(1), await count(2), await count(3)];
    expect(three - two).toBe(two - one);
    // Self-attention (4 maps and the products), and the query's map of the second attention.
    const once = TOKENS * (5 * WIDTH * WIDTH + 2 * TOKENS * WIDTH);
    expect(one - (two - one)).toBe(once);
  });

  test('without layers the encoder embeddings come out, normed, and no query is kept', () => {
    for (const queries of ['layer-wise', 'one', 'none'] as const) {
      const parameters = new Parameters();
      const decoder = new Decoder(parameters, 0, TOKENS, { ...options, queries }, new Generator(0));
      expect(parameters.entries().map(([name]) => name)).toEqual(['norm.weight', 'norm.bias']);
      const expected = new LayerNorm(new Parameters(), WIDTH).forward(random(1)).dataSync();
      expect(decoder.forward(random(1), random(3, 1), {}).dataSync()).toEqual(expected);
    }
  });
});

test.each<[string, number, object, string]>([
  ['design', 1, { design: 'g' }, 'Expected a, b, c, d, e or f for design but received "g"'],
  ['queries', 1, { queries: 'two' }, 'Expected layer-wise, one or none for queries but received "two"'],
  ['norm', 1, { norm: 'middle' }, 'Expected post or pre for norm but received "middle"'],
  ['activation', 1, { activation: 'glu' }, 'Expected relu or gelu for activation but received "glu"'],
  ['layers', -1, {}, 'Expected a whole number of at least 0 for layers but received -1'],
  ['layers', 1.5, {}, 'Expected a whole number of at least 0 for layers but received 1.5'],
])('refuses other %s: %p, %p', (_, layers, change, message) => {
  const build = () =>
    new Decoder(new Parameters(), layers, TOKENS, { ...options, ...change } as DecoderOptions, new Generator(0));
  expect(build).toThrow(TransformerError);
  expect(build).toThrow(message);
});
