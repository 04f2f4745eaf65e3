import * as tf from '@tensorflow/tfjs';
import {
  anomalyMap,
  reconstructionLoss,
  resolveConfig,
  runEagerly,
  selectDevice,
  tokenDifference,
  ReconstructionModel,
  TrainingStep,
} from '@uniad/core';
import type { Compile } from '@uniad/core';
import { Generator } from '@uniad/nn';
import { devices } from './devices.js';
import { configOf, generatedState, goldenCases, indexInNHWC, toNHWC, uniform } from './golden.js';
import type { GoldenCase, Summary } from './golden.js';

/** Largest difference over the largest magnitude expected. */
function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  let difference = 0;
  let magnitude = 0;
  for (let i = 0; i < expected.length; i++) {
    difference = Math.max(difference, Math.abs(actual[i]! - expected[i]!));
    magnitude = Math.max(magnitude, Math.abs(expected[i]!));
  }
  return difference / magnitude;
}

/** The values a summary lists, from an NHWC tensor. */
function pick(summary: Summary, nhwc: ArrayLike<number>): [actual: number[], expected: readonly number[]] {
  const index = summary.index ?? summary.data!.map((_, i) => i);
  return [index.map((i) => nhwc[indexInNHWC(i, summary.shape)]!), summary.value ?? summary.data!];
}

function l2(values: Float32Array): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
}

function build(golden: GoldenCase): { model: ReconstructionModel; features: tf.Tensor4D } {
  const {
    batch,
    in_channels: channels,
    feature_size: [height, width],
  } = golden.config;
  const model = new ReconstructionModel(resolveConfig(configOf(golden)), channels, new Generator(0));
  model.loadStateDict(generatedState(golden.parameters));
  const input = uniform('features', batch * channels * height * width).map((u) => u * 1.5);
  return {
    model,
    features: tf.tensor4d(toNHWC(input, [batch, channels, height, width]), [batch, height, width, channels]),
  };
}

const TOLERANCE = 1e-3;

const ways = [...devices.map((name) => [name, 'op by op'] as const), ['onnxruntime', 'compiled'] as const];

jest.setTimeout(process.env.UNIAD_SLOW_TESTS ? 3_600_000 : 120_000);

describe.each(ways)('golden cases on %s, %s', (name, way) => {
  let compile: Compile;
  beforeAll(async () => {
    const device = await selectDevice(name);
    compile = way === 'compiled' ? device.compile : runEagerly;
  });

  // The default model takes minutes in plain JavaScript, so there it runs when asked for; the small ones cover the same code.
  const cases = goldenCases().filter(
    ([, golden]) => name !== 'cpu' || golden.config.hidden_dim < 64 || process.env.UNIAD_SLOW_TESTS,
  );

  test.each(cases)('%s: reconstruction, anomaly map, loss', async (_, golden) => {
    const { model, features } = build(golden);
    const run = compile(
      (x) => {
        const reconstruction = model.reconstruct(x as tf.Tensor4D);
        const map = anomalyMap(tokenDifference(x as tf.Tensor4D, reconstruction, 'mse'), model.config);
        return [reconstruction, map, reconstructionLoss(x!, reconstruction, 'mse')];
      },
      { freezeVariables: true },
    );
    const [reconstruction, map, loss] = await Promise.all(run(features).map((tensor) => tensor.data()));
    expect(relativeError(...pick(golden.feature_rec, reconstruction!))).toBeLessThan(TOLERANCE);
    expect(relativeError(...pick(golden.anomaly_map, map!))).toBeLessThan(TOLERANCE);
    expect(Math.abs(loss![0]! / golden.mse_loss - 1)).toBeLessThan(TOLERANCE);
    run.dispose();
    model.dispose();
  });

  test.each(cases)('%s: gradient of every parameter', async (_, golden) => {
    const { model, features } = build(golden);
    const named = model.parameters.entries();
    const { grads } = tf.variableGrads(
      () => reconstructionLoss(features, model.reconstruct(features), 'mse'),
      named.map(([, variable]) => variable),
    );
    const largest = Math.max(...Object.values(golden.gradient).map((gradient) => gradient.l2));
    for (const [parameter, variable] of named) {
      const actual = await grads[variable.name]!.data<'float32'>();
      const expected = golden.gradient[parameter]!;
      // A gradient that is zero but for rounding has no relative error of its own.
      expect(Math.abs(l2(actual) - expected.l2)).toBeLessThan(TOLERANCE * expected.l2 + 1e-6 * largest);
      expected.first.forEach((value, i) =>
        expect(Math.abs(actual[i]! - value)).toBeLessThan(TOLERANCE * expected.l2 + 1e-6 * largest),
      );
    }
    tf.dispose([grads, features]);
    model.dispose();
  });

  test.each(cases)('%s: five optimizer steps', async (_, golden) => {
    const { model, features } = build(golden);
    const { loss, gradient_norm: norms, learning_rate: rates, parameter_l2_after: after } = golden.training;
    const noise = new Generator(0);
    const step = new TrainingStep(
      model.parameters,
      (batch) => model.loss(batch, noise),
      { learningRate: rates[0]!, weightDecay: 1e-2, clipNorm: 0.1 },
      compile,
    );
    for (const [i, rate] of rates.entries()) {
      step.learningRate = rate;
      const result = await step.run(features);
      expect(Math.abs(result.loss / loss[i]! - 1)).toBeLessThan(TOLERANCE);
      expect(Math.abs(result.gradientNorm / norms[i]! - 1)).toBeLessThan(5 * TOLERANCE);
    }
    for (const [parameter, { data }] of Object.entries(await model.parameters.stateDict())) {
      expect(Math.abs(l2(data) / after[parameter]! - 1)).toBeLessThan(TOLERANCE);
    }
    features.dispose();
    step.dispose();
    model.dispose();
  });
});
