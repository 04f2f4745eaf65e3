import * as tf from '@tensorflow/tfjs';
import { DeviceError } from '../errors.js';
import { Detector } from './detector.js';
import { judgeBatch } from './judge.js';
import type { TrainedModel } from './model-files.js';

/**
 * A trained model as one standard `.onnx` file that any ONNX runtime runs.
 *
 * Input `picture` is `[batch, height, width, 3]`, RGB from 0 to 255, already resized; normalisation, backbone and
 * reconstruction are inside. Outputs are `map` `[batch, height, width]` and `score` `[batch]`, and where the model knows kinds of
 * parts, `[batch]` each, `normalizedScore` (0.5 at the threshold of the picture's kind), `kind` (an index into the metadata's
 * `kinds`) and `kindDistance`. Thresholds, sizes and categories are metadata of the file. A model in int8 becomes a file in int8.
 *
 * @throws DeviceError when `@uniad/tfjs-onnxruntime` is not installed
 */
export async function exportModel(model: TrainedModel): Promise<Uint8Array> {
  const { exportOnnx } = await import('@uniad/tfjs-onnxruntime').catch((error: unknown) => {
    throw new DeviceError(
      `Exporting needs @uniad/tfjs-onnxruntime: npm i @uniad/tfjs-onnxruntime (${error instanceof Error ? error.message.split('\n')[0] : String(error)})`,
    );
  });
  await tf.setBackend('onnxruntime');
  const { config, categories, input, threshold, kinds, precision = 'float32' } = model;
  const detector = new Detector(model);
  const to255 = (values: readonly number[]) => tf.tensor1d(values.map((x) => x * 255));
  const [mean, deviation] = [to255(input.mean), to255(input.deviation)];
  try {
    const inspect = (pictures: tf.Tensor4D) => {
      const [maps, scores, descriptors] = detector.inspectBatch(tf.div(tf.sub(pictures, mean), deviation));
      return kinds.length === 0 ? [maps, scores] : [maps, scores, ...judgeBatch(scores, descriptors, kinds)];
    };
    return exportOnnx(inspect, {
      inputs: [{ name: 'picture', shape: [1, ...config.imageSize, 3] }],
      outputs: ['map', 'score', ...(kinds.length === 0 ? [] : ['normalizedScore', 'kind', 'kindDistance'])],
      dynamicBatch: true,
      precision,
      metadata: {
        imageSize: JSON.stringify(config.imageSize),
        threshold: String(threshold.score),
        thresholdSource: threshold.source,
        mapRange: JSON.stringify(threshold.mapRange),
        categories: JSON.stringify(categories),
        kinds: JSON.stringify(kinds.map(({ center, deviation, ...kind }) => kind)),
        config: JSON.stringify(config),
        precision,
      },
    });
  } finally {
    tf.dispose([mean, deviation]);
    detector.dispose();
  }
}
