import { availableParallelism } from 'node:os';
import { sizeOf } from './graph.js';
import type { Elements, Graph, Value } from './graph.js';
import { encodeModel } from './model.js';
import { reshape, scalar } from './ops.js';
import { STOP_NAME, STOP_SHAPE } from './runtime.js';
import type { NativeSession, NativeTensor, Runtime } from './runtime.js';

/** Enough to bridge the gap between two operators. Without a bound, a machine with other work to do takes half as long again. */
const SPIN_MICROSECONDS = '100';

/** Work is dealt out in this many pieces a thread, so that one that was interrupted does not hold up the others. */
const BLOCKS_PER_THREAD = '4';

export interface SessionOptions {
  /** Threads of the session's own pool, the calling thread among them; the number of cores when absent. */
  readonly threads?: number;
  /** Whether threads busy-wait for a moment after each operator: quicker for a big session, ruinous for many small ones. */
  readonly spinning?: boolean;
  /** Whether memory is kept between runs. */
  readonly arena?: boolean;
  /** Whether 8-bit products avoid the kernels that saturate on processors without VNNI; half as fast on those with it. */
  readonly exactIntegers?: boolean;
  /** Start of the path of a file that gets the time of every node, as ONNX Runtime writes it, when the session is disposed. */
  readonly profile?: string;
}

/** A graph made ready to run. */
export class Session {
  private readonly native: NativeSession;
  private readonly inputNames: readonly string[];
  private readonly feeds: Record<string, NativeTensor> = {};
  private readonly fetches: Record<string, NativeTensor> = {};

  constructor(
    private readonly graph: Graph,
    runtime: Runtime,
    {
      threads = availableParallelism(),
      spinning = false,
      arena = false,
      exactIntegers = false,
      profile,
    }: SessionOptions = {},
  ) {
    this.inputNames = graph.inputs.map(inputName);
    const stop = reshape(scalar(0), STOP_SHAPE);
    const outputNames = [STOP_NAME, ...graph.outputs.map((_, index) => `output${index}`)];
    this.fetches[STOP_NAME] = nativeTensor(stop, new Float32Array(1));
    this.native = runtime.load(
      encodeModel({ inputs: graph.inputs, outputs: [stop, ...graph.outputs] }, { outputNames }),
      {
        intraOpNumThreads: threads,
        interOpNumThreads: 1,
        executionMode: 'sequential',
        graphOptimizationLevel: 'all',
        enableCpuMemArena: arena,
        enableMemPattern: false,
        logSeverityLevel: 3,
        ...(profile === undefined ? {} : { enableProfiling: true, profileFilePrefix: profile }),
        extra: {
          session: {
            intra_op: spinning ? { allow_spinning: '1', spin_duration_us: SPIN_MICROSECONDS } : { allow_spinning: '0' },
            dynamic_block_base: BLOCKS_PER_THREAD,
            x64quantprecision: exactIntegers ? '1' : '0',
            set_denormal_as_zero: '1',
          },
          // Its kernel takes four times as long as the sum and the layer norm that it takes the place of.
          optimization: { disable_specified_optimizers: 'SkipLayerNormFusion' },
        },
      },
    );
  }

  /** Runs on `inputs` and writes into `outputs`, both in the order of the graph. */
  run(inputs: readonly Elements[], outputs: readonly Elements[]): void {
    this.graph.inputs.forEach((value, index) => {
      this.feeds[this.inputNames[index] ?? ''] = nativeTensor(value, inputs[index]);
    });
    this.graph.outputs.forEach((value, index) => {
      this.fetches[`output${index}`] = nativeTensor(value, outputs[index]);
    });
    this.native.run(this.feeds, this.fetches);
  }

  dispose(): void {
    this.native.dispose();
  }
}

function inputName(value: Value): string {
  if (value.source.kind !== 'input') throw new TypeError(`Expected a graph input but received a ${value.source.kind}`);
  return value.source.name;
}

function nativeTensor({ shape, dtype }: Value, data: Elements | undefined): NativeTensor {
  if (!data || data.length !== sizeOf(shape))
    throw new TypeError(
      `Expected ${sizeOf(shape)} elements for a tensor of shape [${shape.join(', ')}] but received ${data?.length ?? 'none'}`,
    );
  return { type: dtype, dims: shape, data, location: 'cpu' };
}
