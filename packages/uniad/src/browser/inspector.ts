import * as v from 'valibot';
import { deviceFor, precisionOn } from '../device/device.js';
import type { Device, Precision } from '../device/device.js';
import { heatScaleOf } from '../draw/colour-map.js';
import { ConfigError } from '../errors.js';
import { Detector } from '../pipeline/detector.js';
import type { Inspection } from '../pipeline/inspection.js';
import { prepareImage } from '../pipeline/input-settings.js';
import type { TrainedModel } from '../pipeline/model-files.js';
import { withThreshold } from '../pipeline/set-by-hand.js';
import { flag, oneOf, that, validate } from '../validate.js';
import { drawHeatMap } from './draw-heat-map.js';
import { fetchModel, readModelFiles } from './fetch-model.js';
import type { FetchModelOptions } from './fetch-model.js';
import { readPixels, requireEightBits } from './read-pixels.js';
import type { PageImage } from './read-pixels.js';
import { browserDeviceNames, selectDevice } from './select-device.js';
import type { BrowserDeviceName, WasmPaths } from './select-device.js';

/** What {@link Inspector.predict} tells of one picture. */
export interface Prediction extends Inspection {
  /** Draws the picture with the map over it onto a canvas, which takes the picture's size; see {@link drawHeatMap}. */
  readonly drawHeatMap: (canvas: HTMLCanvasElement | OffscreenCanvas) => Promise<void>;
}

/** A trained model that takes pictures as a page has them. It runs in a worker as well. */
export class Inspector {
  /** Where it runs, and why. */
  readonly device: Device;
  /** What products are computed in: floats also for a model in int8 where the device has no such integers. */
  readonly precision: Precision;
  private readonly detector: Detector;

  /** @param device as `selectDevice` gives it */
  constructor(
    readonly model: TrainedModel,
    device: Device,
  ) {
    this.device = deviceFor(device, model);
    this.precision = precisionOn(device, model.precision);
    this.detector = new Detector(model, device.compile);
  }

  /**
   * Says whether a picture is anomalous, and where.
   *
   * @throws PictureError when the picture cannot be read
   */
  async predict(picture: PageImage): Promise<Prediction> {
    const { config, input } = this.model;
    if (input.range) await requireEightBits(picture);
    const pixels = await readPixels(picture);
    const [inspection] = await this.detector.inspectImages([prepareImage(pixels, config.imageSize, input)]);
    // A file is decoded once more where it is asked for: many pictures would not fit into memory.
    const drawn = picture instanceof Blob ? picture : pixels;
    return {
      ...inspection!,
      drawHeatMap: (canvas) =>
        drawHeatMap(canvas, drawn, inspection!.map, config.imageSize, heatScaleOf(this.model, inspection!.threshold)),
    };
  }

  /** Frees the model; predicting afterwards is an error. */
  dispose(): void {
    this.detector.dispose();
  }
}

const anything = that<never>('a value', () => true);

const schema = v.object({
  device: v.optional(oneOf('auto', ...browserDeviceNames), 'auto'),
  threshold: v.optional(that<number>('a finite number', Number.isFinite)),
  wasmPaths: v.optional(anything),
  progress: v.optional(anything),
  cache: v.optional(flag),
  signal: v.optional(anything),
});

/** How {@link load} makes a model ready. */
export interface LoadOptions extends FetchModelOptions {
  /** Where to run; `auto` takes the fastest that starts. */
  readonly device?: BrowserDeviceName | 'auto' | undefined;
  /** From which score on a picture is called anomalous, in place of the model's own. */
  readonly threshold?: number | undefined;
  readonly wasmPaths?: WasmPaths | undefined;
}

/**
 * Loads a trained model and makes it ready to inspect pictures.
 *
 * @param source the address of a run's folder, or its three files as they were chosen or dropped
 * @throws RunError, ConfigError or DeviceError naming what is wrong; the signal's reason when it is aborted
 */
export async function load(source: string | URL | readonly File[], options: LoadOptions = {}): Promise<Inspector> {
  const { device, threshold } = validate(schema, options, 'the options', (message) => new ConfigError(message));
  const { wasmPaths, progress, cache, signal } = options;
  const model = isFiles(source) ? await readModelFiles(source) : await fetchModel(source, { progress, cache, signal });
  return new Inspector(withThreshold(model, threshold), await selectDevice(device, { wasmPaths }));
}

const isFiles = (source: string | URL | readonly File[]): source is readonly File[] => Array.isArray(source);
