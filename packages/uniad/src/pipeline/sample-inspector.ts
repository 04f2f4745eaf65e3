import { defaultCache } from '@uniad/datasets';
import type { Sample } from '@uniad/datasets';
import type { Device } from '../device/device.js';
import { needsPictures } from '../methods/methods.js';
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
    const { config, input } = this.model;
    if (needsPictures(config)) {
      const images = samples.map(async (sample) => {
        return prepareImage(await sample.picture(decodeOptions(input)), config.imageSize, input);
      });
      return this.detector.inspectImages(await Promise.all(images));
    }
    await this.store.prepare(samples);
    return this.detector.inspectFeatures(await Promise.all(samples.map((sample) => this.store.read(sample))));
  }

  /** What tells kinds apart of each picture; undefined where the backbone was trained along, and no features are kept. */
  async describe(samples: readonly Sample[]): Promise<Float32Array[] | undefined> {
    if (!this.model.config.backbone.frozen) return undefined;
    await this.store.prepare(samples);
    const descriptors: Float32Array[] = [];
    for (const sample of samples) descriptors.push(descriptorOf(await this.store.read(sample), this.store.shape[2]));
    return descriptors;
  }

  /** Frees the model; inspecting afterwards is an error. */
  dispose(): void {
    this.detector.dispose();
  }
}
