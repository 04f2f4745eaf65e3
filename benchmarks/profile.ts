/**
 * Prints where the time of a training step, or of a forward pass, of the paper's model goes on `onnxruntime`, compiled: milliseconds
 * by operator, and how fast matrix products go. `--help` lists the settings.
 */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { defaultConfig, ReconstructionModel, resolveTraining, TrainingStep } from '@uniad/core';
import { Generator } from '@uniad/nn';
import { compile } from '@uniad/tfjs-onnxruntime';
import { Command, Option } from 'commander';
import { median } from './figures.js';

const CHANNELS = 272; // EfficientNet-B4's
const RUNS = 20;

const flags = new Command('profile')
  .addOption(new Option('--pass <name>', 'what to run').choices(['training', 'forward']).default('training'))
  .option('--batch <n>', 'pictures at once', '8')
  .parse()
  .opts<{ pass: 'training' | 'forward'; batch: string }>();

interface TracedEvent {
  readonly cat: string;
  readonly name: string;
  /** In microseconds. */
  readonly dur: number;
  readonly args: {
    readonly op_name?: string;
    readonly input_type_shape?: readonly Shaped[];
    readonly output_type_shape?: readonly Shaped[];
  };
}

/** An element type and a shape. */
type Shaped = Readonly<Record<string, readonly number[]>>;

const sizeOf = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);

/** Multiplications and additions of a product of stacked matrices; the sizes tell, whichever matrix is transposed. */
function operationsOf({ input_type_shape: inputs = [], output_type_shape: outputs = [] }: TracedEvent['args']): number {
  const [a, b, product] = [inputs[0], inputs[1], outputs[0]].map((shaped) => Object.values(shaped ?? {})[0] ?? []);
  const inner = Math.sqrt((sizeOf(a!) * sizeOf(b!)) / (sizeOf(product!) * sizeOf(product!.slice(0, -2))));
  return 2 * sizeOf(product!) * inner;
}

const folder = await mkdtemp(join(tmpdir(), 'uniad-profile-'));
try {
  await tf.setBackend('onnxruntime');
  const training = resolveTraining();
  const model = new ReconstructionModel(defaultConfig, CHANNELS, new Generator(0));
  const profile = join(folder, 'profile');
  const shape: [number, number, number, number] = [Number(flags.batch), ...defaultConfig.featureSize, CHANNELS];
  const features = tf.tensor4d(
    new Generator(2).fillNormal(new Float32Array(shape.reduce((a, b) => a * b)), 0, 1),
    shape,
  );
  const { run, dispose } = flags.pass === 'training' ? trainingStep() : forwardPass();
  const times: number[] = [];
  for (let count = 0; count < RUNS; count++) {
    const started = performance.now();
    await run();
    times.push(performance.now() - started);
  }
  dispose(); // ONNX Runtime writes the file now.

  function trainingStep() {
    const noise = new Generator(1);
    const step = new TrainingStep(
      model.parameters,
      (batch) => model.loss(batch, noise),
      training,
      (fn) => compile((...inputs: tf.Tensor[]) => fn(...inputs), { profile }),
    );
    return { run: () => step.run(features), dispose: () => step.dispose() };
  }

  function forwardPass() {
    const forward = compile((features: tf.Tensor4D) => model.reconstruct(features), { profile, freezeVariables: true });
    const run = async () => {
      const output = forward(features);
      await output.data();
      output.dispose();
    };
    return { run, dispose: () => forward.dispose() };
  }

  const [file] = await readdir(folder);
  const events = JSON.parse(await readFile(join(folder, file!), 'utf8')) as TracedEvent[];
  const products = { operations: 0, seconds: 0 };
  const byOperator = new Map<string, { milliseconds: number; nodes: number }>();
  for (const { cat, name, dur, args } of events) {
    if (cat !== 'Node' || !name.endsWith('_kernel_time')) continue;
    if (args.op_name!.endsWith('MatMul')) {
      products.operations += operationsOf(args);
      products.seconds += dur / 1e6;
    }
    const known = byOperator.get(args.op_name!) ?? { milliseconds: 0, nodes: 0 };
    byOperator.set(args.op_name!, {
      milliseconds: known.milliseconds + dur / 1000 / RUNS,
      nodes: known.nodes + 1 / RUNS,
    });
  }
  const rows = [...byOperator].sort(([, a], [, b]) => b.milliseconds - a.milliseconds);
  const all = rows.reduce((sum, [, { milliseconds }]) => sum + milliseconds, 0);
  console.table(
    Object.fromEntries(
      rows.map(([operator, { milliseconds, nodes }]) => [
        operator,
        {
          'ms a run': Number(milliseconds.toFixed(1)),
          share: `${((100 * milliseconds) / all).toFixed(1)} %`,
          nodes: Math.round(nodes),
        },
      ]),
    ),
  );
  console.log(
    `all operators: ${all.toFixed(0)} ms; a run takes ${median(times).toFixed(0)} ms (median), with the drawing of random numbers, dispatch and the writing of this profile`,
  );
  console.log(
    `matrix products: ${(products.operations / RUNS / 1e9).toFixed(1)} GFLOP a run, at ${(products.operations / products.seconds / 1e9).toFixed(0)} GFLOP/s`,
  );
} finally {
  await rm(folder, { recursive: true, force: true });
}
