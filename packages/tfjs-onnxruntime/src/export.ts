import type * as tf from '@tensorflow/tfjs';
import { onBackend } from './compile.js';
import { ExportError, OnnxRuntimeError } from './errors.js';
import { withDynamicBatch } from './dynamic-batch.js';
import type { Graph } from './graph.js';
import { encodeModel } from './model.js';
import { record } from './record.js';
import type { InputType, TensorFunction } from './record.js';
import { onnxRuntimeBackend } from './register.js';
import { packConstants } from './rewrites/pack-constants.js';
import { inPrecision, requirePrecision } from './rewrites/precision.js';
import type { Precision } from './rewrites/precision.js';
import { simplify } from './rewrites/rewrite.js';
import { standardize } from './rewrites/standardize.js';

/** One input of the exported graph. */
export interface ExportInput {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype?: InputType['dtype'];
}

/** What the exported graph takes, returns and says of itself. */
export interface ExportOptions {
  readonly inputs: readonly ExportInput[];
  /** Names for the tensors that the function returns, in order. */
  readonly outputs: readonly string[];
  readonly metadata?: Readonly<Record<string, string>>;
  /** Whether the file takes any size of the first axis of every input; the sizes in `inputs` of that axis then do not matter. */
  readonly dynamicBatch?: boolean;
  /**
   * With `int8`, products with trainable variables run in 8-bit integers, as `compile` has them, and all weights that are whole
   * numbers of steps already are stored as such.
   */
  readonly precision?: Precision;
}

const OPTIONS: readonly string[] = ['inputs', 'outputs', 'metadata', 'dynamicBatch', 'precision'];

/** Two sizes that no other axis is likely to be mistaken for; one would let tensors broadcast that otherwise cannot. */
const BATCHES = [2, 3] as const;

/**
 * Writes a tfjs function, compiled or not, as a `.onnx` file: operators of the standard domain in opset 17, variables as constants.
 * Throws `RecordingError` where the function cannot be a graph and `ExportError` where the graph cannot be such a file.
 */
export function exportOnnx<Inputs extends tf.Tensor[]>(
  fn: (...inputs: Inputs) => tf.Tensor | tf.Tensor[],
  options: ExportOptions,
): Uint8Array {
  for (const key of Object.keys(options))
    if (!OPTIONS.includes(key))
      throw new OnnxRuntimeError(`Expected the options ${OPTIONS.join(', ')} but received ${key}`);
  const { inputs, outputs, metadata = {}, dynamicBatch = false, precision } = options;
  requirePrecision(precision);
  const names = [...inputs.map(({ name }) => name), ...outputs];
  const unusable = names.find((name, index) => name === '' || names.indexOf(name) !== index);
  if (unusable !== undefined)
    throw new ExportError(
      `Expected inputs and outputs to have names of their own but received ${JSON.stringify(unusable)} twice or empty`,
    );
  if (dynamicBatch) {
    const [small, large] = BATCHES.map((batch) =>
      standardGraph(
        (...tensors) => fn(...(tensors as Inputs)),
        inputs.map((input) => ({ ...input, shape: [batch, ...input.shape.slice(1)] })),
        outputs.length,
        precision,
      ),
    );
    if (!small || !large) throw new ExportError('Expected two graphs to compare');
    const { graph, dimensions } = withDynamicBatch(small, large, BATCHES);
    return encodeModel(graph, { outputNames: outputs, metadata, dimensions });
  }
  return encodeModel(
    standardGraph((...tensors) => fn(...(tensors as Inputs)), inputs, outputs.length, precision),
    { outputNames: outputs, metadata },
  );
}

function standardGraph(
  fn: TensorFunction,
  inputs: readonly ExportInput[],
  outputCount: number,
  precision: Precision | undefined,
): Graph {
  const types = inputs.map(({ name, shape, dtype = 'float32' }) => ({ name, shape, dtype }));
  const recording = onBackend(() => record(onnxRuntimeBackend(), fn, types, true));
  if (recording.hostDraws.length > 0)
    throw new ExportError('Expected a function without hostValues (dropout, noise): a file has no one to draw them');
  if (recording.outputs.length !== outputCount)
    throw new ExportError(
      `Expected ${outputCount} outputs, one for each name, but the function returned ${recording.outputs.length}`,
    );
  const graph = standardize(inPrecision(simplify(recording), precision, recording.weights));
  return precision === 'int8' ? packConstants(graph) : graph;
}
