import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { decodePicture, preprocessPicture } from '@uniad/datasets';
import type { Picture } from '@uniad/datasets';
import { selectDevice } from '../device/select-device.js';
import type { Device, DeviceName } from '../device/device.js';
import { RunError } from '../errors.js';
import { Detector } from './detector.js';
import type { Inspection } from './detector.js';
import { drawHeatMap } from './heat-map.js';
import { decodeModel, modelFileNames } from './model-files.js';
import type { ModelFiles, TrainedModel } from './model-files.js';

/** Files larger than this are no model of ours. */
const LARGEST_FILE = 2 ** 31;

/**
 * Reads a model from the folder that training wrote.
 *
 * @throws RunError when the folder or one of its files is missing, and what {@link decodeModel} throws
 */
export async function readModel(folder: string): Promise<TrainedModel> {
  const files: Record<string, Uint8Array> = {};
  for (const name of modelFileNames) {
    const path = join(folder, name);
    const size = await stat(path).then(
      (entry) => entry.size,
      () => undefined,
    );
    if (size === undefined) throw new RunError(`Expected a trained model in ${folder} but found no ${name}`);
    if (size > LARGEST_FILE) throw new RunError(`Expected less than 2 GiB in ${path} but found ${size} bytes`);
    files[name] = await readFile(path);
  }
  return decodeModel({
    'model.json': files['model.json']!,
    'model.safetensors': files['model.safetensors']!,
    'backbone.safetensors': files['backbone.safetensors']!,
  } satisfies ModelFiles);
}

/** What {@link Inspector.predict} tells of one picture. */
export interface Prediction extends Inspection {
  readonly threshold: number;
  /** Draws the map over the picture, as a PNG of the picture's size. */
  readonly heatMap: () => Promise<Buffer>;
}

/** A trained model that takes pictures as they come: paths, or the bytes of a file. */
export class Inspector {
  readonly detector: Detector;

  constructor(
    model: TrainedModel,
    readonly device: Device,
  ) {
    this.detector = new Detector(model, device.compile);
  }

  /**
   * Says whether a picture is anomalous, and where.
   *
   * @param picture a path, or the content of a JPEG, PNG, WebP, TIFF or BMP file
   * @throws PictureError when the picture cannot be decoded
   */
  async predict(picture: string | Uint8Array): Promise<Prediction> {
    const [prediction] = await this.predictAll([picture]);
    return prediction!;
  }

  /** The same for several pictures at once, which is faster than one after the other. */
  async predictAll(pictures: readonly (string | Uint8Array)[]): Promise<Prediction[]> {
    const { config, threshold } = this.detector.model;
    const decoded: Picture[] = await Promise.all(pictures.map((picture) => decodePicture(picture)));
    const images = decoded.map((picture) => preprocessPicture(picture, { imageSize: config.imageSize }));
    const inspections = await this.detector.inspectImages(images);
    return inspections.map((inspection, i) => ({
      ...inspection,
      threshold: threshold.score,
      heatMap: () => drawHeatMap(decoded[i]!, inspection.map, config.imageSize, threshold.mapRange),
    }));
  }

  dispose(): void {
    this.detector.dispose();
  }
}

/**
 * Loads a trained model from its folder and makes it ready to inspect pictures.
 *
 * @param device where to run; `auto` takes the fastest that starts
 * @throws RunError, ConfigError, SafetensorsError or DeviceError naming what is wrong
 */
export async function load(
  folder: string,
  { device = 'auto' }: { readonly device?: DeviceName | 'auto' } = {},
): Promise<Inspector> {
  const model = await readModel(folder);
  return new Inspector(model, await selectDevice(device));
}
