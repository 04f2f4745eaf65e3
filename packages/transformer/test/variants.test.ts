import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { Generator, Parameters } from '@uniad/nn';
import { Decoder, Encoder, neighborMask } from '../src/index.js';
import type { DecoderDesign, GridSize } from '../src/index.js';
import { onEveryDevice } from './backends.js';
import { generatedParameter, uniform } from './generated.js';

/** One case of `fixtures/variants.json`, which `reference/variants.py` computed. */
interface Variant {
  readonly config: {
    readonly grid: GridSize;
    readonly width: number;
    readonly heads: number;
    readonly feedforward_dim: number;
    readonly batch: number;
    readonly encoder_layers: number;
    readonly decoder_layers: number;
    readonly queries: 'layer-wise' | 'one' | 'none';
    readonly design: DecoderDesign;
    readonly activation: 'relu' | 'gelu';
    readonly normalize_before: boolean;
    readonly neighbor_size: GridSize;
    readonly mask: readonly [encoder: boolean, first: boolean, second: boolean];
  };
  readonly output: readonly number[];
  readonly input_gradient: readonly number[];
  readonly parameters: readonly (readonly [name: string, shape: readonly number[], gradientNorm: number])[];
}

const variants = Object.entries(
  JSON.parse(readFileSync(join(__dirname, 'fixtures', 'variants.json'), 'utf8')) as Record<string, Variant>,
);

function build({ config }: Variant) {
  const tokens = config.grid[0] * config.grid[1];
  const parameters = new Parameters();
  const options = {
    width: config.width,
    heads: config.heads,
    feedForwardWidth: config.feedforward_dim,
    dropoutRate: 0,
    activation: config.activation,
    norm: config.normalize_before ? ('pre' as const) : ('post' as const),
  };
  const generator = new Generator(0);
  const encoder = new Encoder(parameters.scope('encoder'), config.encoder_layers, options, generator);
  const { queries, design } = config;
  const decoderOptions = { ...options, queries, design };
  const decoder = new Decoder(parameters.scope('decoder'), config.decoder_layers, tokens, decoderOptions, generator);
  const values = (name: string, shape: [number, number, number], scale: number) =>
    tf.tensor3d(
      Float32Array.from(uniform(name, shape[0] * shape[1] * shape[2]), (u) => scale * u),
      shape,
    );
  const mask = neighborMask(config.grid, config.neighbor_size);
  const [encoderMask, first, second] = config.mask.map((on) => (on ? mask : undefined));
  const input = values('tokens', [config.batch, tokens, config.width], 1.5);
  const position = values('position', [1, tokens, config.width], 1);
  const direction = values('direction', [config.batch, tokens, config.width], 1);
  return {
    parameters,
    input,
    direction,
    /** With dropout of rate 0 where a generator is given. */
    forward: (tokens: tf.Tensor3D, generator?: Generator) => {
      const embeddings = encoder.forward(tokens, position, encoderMask, generator);
      return decoder.forward(embeddings, position, { first, second }, generator);
    },
    dispose: () => {
      parameters.dispose();
      tf.dispose([mask, input, position, direction]);
    },
  };
}

function load({ parameters: expected }: Variant, parameters: Parameters): void {
  parameters.loadStateDict(
    Object.fromEntries(expected.map(([name, shape]) => [name, generatedParameter(name, shape)])),
  );
}

/** Largest difference over the largest magnitude expected. */
function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  expect(actual.length).toBe(expected.length);
  const [a, b] = [Array.from(actual), Array.from(expected)];
  return Math.max(...a.map((value, i) => Math.abs(value - b[i]!))) / Math.max(...b.map(Math.abs));
}

beforeAll(() => tf.setBackend('cpu'));

test.each(variants)('%s: parameters have the names and shapes of the reference', async (_, variant) => {
  const { parameters, dispose } = build(variant);
  const shapes = Object.entries(await parameters.stateDict()).map(([name, { shape }]) => [name, shape] as const);
  expect(Object.fromEntries(shapes)).toEqual(
    Object.fromEntries(variant.parameters.map(([name, shape]) => [name, shape])),
  );
  dispose();
});

onEveryDevice((run) => {
  test.each(variants)('%s: output and gradients equal the reference', (_, variant) => {
    const before = tf.memory().numTensors;
    const { parameters, input, direction, forward, dispose } = build(variant);
    load(variant, parameters);
    const variables = parameters.entries().map(([, variable]) => variable);
    const outputs = run(() =>
      tf.tidy(() => {
        const output = forward(input);
        const loss = (input: tf.Tensor) => tf.sum(tf.mul(forward(input as tf.Tensor3D, new Generator(1)), direction));
        const { grads } = tf.variableGrads(() => loss(input) as tf.Scalar, variables);
        return [output, tf.grad(loss)(input), ...variables.map((variable) => tf.norm(grads[variable.name]!))];
      }),
    );
    const [output, inputGradient, ...norms] = outputs.map((tensor) => tensor.dataSync());
    expect(relativeError(output!, variant.output)).toBeLessThan(1e-5);
    const seen = inputGradient!.slice(0, variant.input_gradient.length);
    expect(relativeError(seen, variant.input_gradient)).toBeLessThan(1e-4);
    // The key's bias moves all logits of a row alike, so a gradient of it alone is zero but for rounding.
    const expected = new Map(variant.parameters.map(([name, , norm]) => [name, norm]));
    const largest = Math.max(...expected.values());
    parameters.entries().forEach(([name], i) => {
      expect({ name, error: Math.abs(norms[i]![0]! - expected.get(name)!) / largest < 1e-4 }).toEqual({
        name,
        error: true,
      });
    });
    tf.dispose(outputs);
    dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});
