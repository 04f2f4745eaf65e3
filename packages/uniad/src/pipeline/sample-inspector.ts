import { defaultCache } from '@uniad/datasets';
import type { Sample } from '@uniad/datasets';
import type { Device } from '../device/device.js';
import { needsPictures } from '../methods/methods.js';
import { BATCH } from './batch.js';
import { Detector } from './detector.js';
import type { Inspection } from './inspection.js';
import { decodeOptions, FeatureStore } from './feature-store.js';
import type { Progress } from './progress.js';
import { prepareImage } from './input-settings.js';
import { descriptorOf } from './kinds.js';
import type { TrainedModel } from './model-files.js';

/** A trained model at work on pictures of data sets, whose features are kept. */
export class SampleInspector {
  private readonly detector: Detector;
  private readonly store: FeatureStore;

  /**
   * @param cache where features are kept
   * @throws StateDictError when the parameters do not fit the configuration
   */
  constructor(
    readonly model: TrainedModel,
    device: Device,
    cache: string = defaultCache,
  ) {
    const { config, input, backbone: weights } = model;
    this.detector = new Detector(model, device.compile);
    this.store = new FeatureStore({ folder: cache, config, input, weights, compile: device.compile });
  }

  /** Computes the features that are not yet kept; where the model needs pictures all the same, there is nothing to compute. */
  prepare(samples: readonly Sample[], onProgress?: (progress: Progress) => void, signal?: AbortSignal): Promise<void> {
    if (needsPictures(this.model.config)) return Promise.resolve();
    return this.store.prepare(samples, onProgress, signal);
  }

  /** Inspects pictures, in their order; all maps are held, so many pictures come in parts. */
  async inspect(samples: readonly Sample[]): Promise<Inspection[]> {
    if (needsPictures(this.model.config)) return this.detector.inspectImages(await this.read(samples));
    await this.store.prepare(samples);
    return this.detector.inspectFeatures(await Promise.all(samples.map((sample) => this.store.read(sample))));
  }

  /** What tells kinds apart of each picture. */
  async describe(samples: readonly Sample[]): Promise<Float32Array[]> {
    const { config } = this.model;
    const descriptors: Float32Array[] = [];
    const add = (features: Float32Array) => descriptors.push(descriptorOf(features, this.store.shape[2]));
    if (config.backbone.frozen) {
      await this.store.prepare(samples);
      for (const sample of samples) add(await this.store.read(sample));
      return descriptors;
    }
    // Features of a backbone that was trained along serve this model alone: none are kept.
    for (let start = 0; start < samples.length; start += BATCH) {
      const images = await this.read(samples.slice(start, start + BATCH));
      (await this.detector.extractor.extract(images)).forEach(add);
    }
    return descriptors;
  }

  /** Pictures as the model takes them. */
  private read(samples: readonly Sample[]): Promise<Float32Array[]> {
    const { config, input } = this.model;
    const images = samples.map(async (sample) => {
      return prepareImage(await sample.picture(decodeOptions(input)), config.imageSize, input);
    });
    return Promise.all(images);
  }

  /** Frees the model; inspecting afterwards is an error. */
  dispose(): void {
    this.detector.dispose();
  }
}
