import * as tf from '@tensorflow/tfjs';
import { heatScaleOf } from '../draw/colour-map.js';
import { Detector } from '../pipeline/detector.js';
import type { Inspection } from '../pipeline/inspection.js';
import { prepareImage } from '../pipeline/input-settings.js';
import type { TrainedModel } from '../pipeline/model-files.js';
import { drawOnCanvas } from './draw-on-canvas.js';
import { fetchModel } from './fetch-model.js';
import type { FetchModelOptions } from './fetch-model.js';
import { pixelsOf } from './pixels-of.js';
import type { PageImage } from './pixels-of.js';

/** What {@link Inspector.predict} tells of one picture. */
export interface Prediction extends Inspection {
  /** Draws the picture and the map over it; the canvas takes the picture's size. */
  readonly drawHeatMap: (canvas: HTMLCanvasElement | OffscreenCanvas) => void;
}

/** A trained model in a page or a worker, on the backend that TensorFlow.js has chosen or was told to take. */
export class Inspector {
  private readonly detector: Detector;

  constructor(readonly model: TrainedModel) {
    this.detector = new Detector(model);
  }

  /**
   * Says whether a picture is anomalous, and where.
   *
   * @throws PictureError when the browser cannot decode it
   */
  async predict(picture: PageImage): Promise<Prediction> {
    const { config, input } = this.model;
    const pixels = await pixelsOf(picture);
    const [inspection] = await this.detector.inspectImages([prepareImage(pixels, config.imageSize, input)]);
    return {
      ...inspection!,
      drawHeatMap: (canvas) =>
        drawOnCanvas(canvas, pixels, inspection!.map, config.imageSize, heatScaleOf(this.model, inspection!.threshold)),
    };
  }

  dispose(): void {
    this.detector.dispose();
  }
}

/**
 * Loads a trained model from the address of its folder and makes it ready to inspect pictures.
 *
 * @throws RunError or ConfigError naming what is wrong
 */
export async function load(folder: string | URL, options: FetchModelOptions = {}): Promise<Inspector> {
  await tf.ready();
  return new Inspector(await fetchModel(folder, options));
}
