import { selectDevice } from '../device/select-device.js';
import { readCurve } from './curve.js';
import type { CurvePoint } from './curve.js';
import { evaluate } from './evaluate.js';
import type { EvaluateOptions, Evaluation } from './evaluate.js';
import type { TrainedModel } from './model-files.js';
import { readTrainingRecord } from './record.js';
import { SampleInspector } from './sample-inspector.js';
import { openData, train } from './train.js';
import type { TrainOptions } from './train-options.js';

/** What became of a training: the model, its figures, and the seconds that the epochs took. */
export interface TrainedAndEvaluated {
  readonly model: TrainedModel;
  readonly evaluation: Evaluation;
  readonly seconds: number;
  /** Where `evaluateEvery` asked for it. */
  readonly curve: readonly CurvePoint[];
}

/** Trains a model on a data set's good pictures and measures it on its test pictures: a row of every table (section 4). */
export async function trainAndEvaluate(
  options: TrainOptions,
  evaluateOptions: Omit<EvaluateOptions, 'signal'> = {},
): Promise<TrainedAndEvaluated> {
  const model = await train(options);
  const record = await readTrainingRecord(options.out);
  const inspector = new SampleInspector(model, await selectDevice(options.device), options.cache);
  try {
    const dataset = await openData(options.data, options.cache === undefined ? {} : { cache: options.cache });
    const { signal } = options;
    const evaluation = await evaluate(inspector, dataset, { ...evaluateOptions, ...(signal && { signal }) });
    return { model, evaluation, seconds: record?.seconds ?? 0, curve: await readCurve(options.out) };
  } finally {
    inspector.dispose();
  }
}
