import { decodePicture } from '@uniad/datasets';
import type { PictureLimits } from '@uniad/datasets';
import * as v from 'valibot';
import { selectDevice } from '../device/select-device.js';
import { deviceFor, deviceNames, precisionOn, precisions } from '../device/device.js';
import type { Device, DeviceName, Precision } from '../device/device.js';
import { ConfigError, DeviceError } from '../errors.js';
import { heatScaleOf } from '../draw/colour-map.js';
import { drawHeatMap } from '../draw/heat-map.js';
import type { HeatMapOptions } from '../draw/heat-map.js';
import { oneOf, that, validate, whole } from '../validate.js';
import { BATCH, inBatches } from './batch.js';
import { Detector } from './detector.js';
import type { Inspection } from './inspection.js';
import { decodeOptions } from './feature-store.js';
import { prepareImage } from './input-settings.js';
import { toInt8Model } from './int8-model.js';
import type { TrainedModel } from './model-files.js';
import { readModel } from './read-model.js';
import { withThreshold } from './set-by-hand.js';

/** What {@link Inspector.predict} tells of one picture. */
export interface Prediction extends Inspection {
  /** Draws the map over the picture, as a PNG of the picture's size; a legend adds a strip below. */
  readonly heatMap: (options?: HeatMapOptions) => Promise<Buffer>;
}

/** A trained model that takes pictures as they come: paths, or the bytes of a file. */
export class Inspector {
  /** Where it runs, and why. */
  readonly device: Device;
  /** What products are computed in: floats also for a model in int8 where the device has no such integers. */
  readonly precision: Precision;
  private readonly detector: Detector;

  /** @param limits on what a picture may cost */
  constructor(
    readonly model: TrainedModel,
    device: Device,
    private readonly limits: PictureLimits = {},
  ) {
    this.device = deviceFor(device, model);
    this.precision = precisionOn(device, model.precision);
    this.detector = new Detector(model, device.compile);
  }

  /**
   * Says whether a picture is anomalous, and where.
   *
   * @param picture a path, or the content of a picture file
   * @throws PictureError when the picture cannot be decoded
   */
  async predict(picture: string | Uint8Array): Promise<Prediction> {
    const [prediction] = await this.predictAll([picture]);
    return prediction!;
  }

  /** The same for any number of pictures, a few at a time, which is faster than one after the other; all maps are held. */
  predictAll(pictures: readonly (string | Uint8Array)[]): Promise<Prediction[]> {
    return inBatches(pictures, async (batch) => (await this.inspect(batch)).map(valueOf));
  }

  /** The same, one prediction after the other in the pictures' order, so that no more than a few maps are held however many come. */
  async *predictEach(
    pictures: Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>,
  ): AsyncGenerator<Prediction, void, undefined> {
    let batch: (string | Uint8Array)[] = [];
    for await (const picture of pictures) {
      batch.push(picture);
      if (batch.length < BATCH) continue;
      for (const result of await this.predictAllSettled(batch)) yield valueOf(result);
      batch = [];
    }
    for (const result of await this.predictAllSettled(batch)) yield valueOf(result);
  }

  /** The same, where a picture that cannot be decoded costs its own result alone. */
  predictAllSettled(pictures: readonly (string | Uint8Array)[]): Promise<PromiseSettledResult<Prediction>[]> {
    return inBatches(pictures, (batch) => this.inspect(batch));
  }

  private async inspect(batch: readonly (string | Uint8Array)[]): Promise<PromiseSettledResult<Prediction>[]> {
    const { config, input } = this.model;
    const options = { limits: this.limits, ...decodeOptions(input) };
    // One is prepared while threads decode the next.
    const prepared = await Promise.allSettled(
      batch.map(async (picture) => prepareImage(await decodePicture(picture, options), config.imageSize, input)),
    );
    const images = prepared.filter((result) => result.status === 'fulfilled').map(({ value }) => value);
    const inspections = (await this.detector.inspectImages(images)).values();
    return prepared.map((result, i) => {
      if (result.status === 'rejected') return result;
      const inspection = inspections.next().value!;
      // Decoded once more where it is asked for: many pictures would not fit into memory.
      const heatMap = async (heatMapOptions?: HeatMapOptions) => {
        const picture = await decodePicture(batch[i]!, options);
        const scale = heatScaleOf(this.model, inspection.threshold);
        return drawHeatMap(picture, inspection.map, config.imageSize, scale, heatMapOptions);
      };
      return { status: 'fulfilled', value: { ...inspection, heatMap } };
    });
  }

  /** Frees the model; predicting afterwards is an error. */
  dispose(): void {
    this.detector.dispose();
  }
}

function valueOf<T>(result: PromiseSettledResult<T>): T {
  if (result.status === 'rejected') throw result.reason;
  return result.value;
}

const schema = v.object({
  device: v.optional(oneOf('auto', ...deviceNames), 'auto'),
  threshold: v.optional(that<number>('a finite number', Number.isFinite)),
  threads: v.optional(whole(1)),
  precision: v.optional(oneOf(...precisions)),
  limits: v.optional(
    that<PictureLimits>('an object', (value) => typeof value === 'object' && value !== null),
    {},
  ),
});

/** How {@link load} makes a model ready. */
export interface LoadOptions {
  /** Where to run; `auto` takes the fastest that starts. */
  readonly device?: DeviceName | 'auto' | undefined;
  /** From which score on a picture is called anomalous, in place of the model's own. */
  readonly threshold?: number | undefined;
  /** On `onnxruntime`: the threads of a run, in place of one for each core. */
  readonly threads?: number | undefined;
  /**
   * `int8`, on `onnxruntime`, rounds the weights and computes products in 8-bit integers, as `uniad quantize` does for good; `float32`
   * computes in floats what a model in int8 holds. The model's own by default; a model in int8 runs in floats elsewhere, see
   * {@link Inspector.precision}.
   */
  readonly precision?: Precision | undefined;
  /** What a picture may cost, in place of 100 million pixels and 256 MiB. */
  readonly limits?: PictureLimits | undefined;
}

/**
 * Loads a trained model from its folder and makes it ready to inspect pictures.
 *
 * @throws RunError, ConfigError or DeviceError naming what is wrong
 */
export async function load(folder: string, options: LoadOptions = {}): Promise<Inspector> {
  const { device, threshold, threads, precision, limits } = validate(
    schema,
    options,
    'the options',
    (message) => new ConfigError(message),
  );
  const model = inPrecision(await readModel(folder), precision);
  const started = await selectDevice(device);
  if (precision !== undefined && precisionOn(started, precision) !== precision)
    throw new DeviceError(`Expected the device onnxruntime for the precision int8 but received ${started.name}`);
  return new Inspector(
    withThreshold(model, threshold),
    threads === undefined ? started : bounded(started, threads),
    limits,
  );
}

const inPrecision = (model: TrainedModel, precision = model.precision): TrainedModel =>
  precision === 'int8' ? toInt8Model(model) : { ...model, precision: 'float32' };

const bounded = (device: Device, threads: number): Device => ({
  ...device,
  compile: (fn, options) => device.compile(fn, { ...options, threads }),
});
