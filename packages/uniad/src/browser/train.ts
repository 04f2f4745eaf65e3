import { describeBackbone, loadWeights } from '@uniad/backbones';
import { Generator } from '@uniad/nn';
import type { StateDict } from '@uniad/nn';
import * as v from 'valibot';
import type { ConfigOverrides } from '../config.js';
import { ConfigError, RunError } from '../errors.js';
import { createModel, fit, needsPictures } from '../methods/methods.js';
import { Detector } from '../pipeline/detector.js';
import { joinWeights } from '../pipeline/backbones.js';
import type { BackbonesConfig } from '../pipeline/backbones.js';
import { FeatureExtractor } from '../pipeline/feature-extractor.js';
import { holdOut } from '../pipeline/hold-out.js';
import { prepareImage } from '../pipeline/input-settings.js';
import { descriptorOf } from '../pipeline/kinds.js';
import type { TrainedModel } from '../pipeline/model-files.js';
import { NO_THRESHOLD } from '../pipeline/no-threshold.js';
import { setThreshold } from '../pipeline/set-threshold.js';
import type { NormalInspector } from '../pipeline/set-threshold.js';
import type { TrainEvent } from '../pipeline/train-events.js';
import { configOf, trainingOf } from '../preset-settings.js';
import { presets } from '../presets.js';
import type { Preset, PresetName } from '../presets.js';
import type { TrainingOverrides } from '../training/training-options.js';
import { belowOne, oneOf, that, validate } from '../validate.js';
import { readPixels, requireEightBits } from './read-pixels.js';
import type { PageImage } from './read-pixels.js';
import { browserDeviceNames, selectDevice } from './select-device.js';
import type { BrowserDeviceName, WasmPaths } from './select-device.js';

/** What {@link train} takes; everything but `data` and `weights` has a default. */
export interface TrainOptions {
  /** Good pictures of each category, by its name. */
  readonly data: Readonly<Record<string, readonly PageImage[]>>;
  /** Of the backbone: tensors, or the address of a safetensors file; those of `uniad_tiny` come with `@uniad/backbones`. */
  readonly weights: StateDict | URL;
  /** The recipe that the other options change; `fast` by default. */
  readonly preset?: PresetName | undefined;
  /** In place of the preset's. */
  readonly config?: ConfigOverrides | undefined;
  /** In place of the preset's. */
  readonly training?: TrainingOverrides | undefined;
  /** Share of the good pictures that sets the threshold instead of training, in place of the preset's. */
  readonly holdOut?: number | undefined;
  readonly device?: BrowserDeviceName | 'auto' | undefined;
  readonly wasmPaths?: WasmPaths | undefined;
  /** Told of all that happens. */
  readonly onEvent?: ((event: TrainEvent) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

interface Sample {
  readonly category: string;
  readonly picture: PageImage;
}

const isObject = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value);
const anything = that<never>('a value', () => true);

const schema = v.object({
  data: that(
    'an object of lists of pictures',
    (value) => isObject(value) && Object.values(value as object).every((pictures) => Array.isArray(pictures)),
  ),
  weights: that('tensors or a URL', isObject),
  preset: v.optional(oneOf(...(Object.keys(presets) as [PresetName, ...PresetName[]]))),
  config: v.optional(that('an object', isObject)),
  training: v.optional(that('an object', isObject)),
  holdOut: v.optional(belowOne),
  device: v.optional(oneOf('auto', ...browserDeviceNames)),
  wasmPaths: v.optional(anything),
  onEvent: v.optional(anything),
  signal: v.optional(anything),
});

/**
 * Trains one model on good pictures of every category, in memory and with a frozen backbone: in a worker, or the page stands
 * still. {@link encodeModel} makes the files of it that Node reads as well.
 *
 * @throws ConfigError, PictureError, WeightsError, RunError or DeviceError naming what is wrong; the signal's reason when it is
 *   aborted
 */
export async function train(options: TrainOptions): Promise<TrainedModel> {
  validate(schema, options, 'the options of train', (message) => new ConfigError(message));
  const { data, signal, onEvent = () => {} } = options;
  const preset: Preset = presets[options.preset ?? 'fast'];
  const config = configOf(preset, options.config);
  const training = trainingOf(preset, options.training);
  if (!config.backbone.frozen)
    throw new ConfigError('Expected a frozen backbone in a browser but received one to be trained');
  if (needsPictures(config))
    throw new ConfigError(`Expected a method that learns from features in a browser but received ${config.method}`);
  const { backbone: first, beside }: BackbonesConfig = config;
  if (beside && beside.name !== first.name)
    throw new ConfigError(
      `Expected weights of one backbone in a browser but received ${first.name} and ${beside.name}`,
    );
  const share = options.holdOut ?? preset.holdOut;
  const parts = Object.entries(data).map(([category, pictures]) => {
    return holdOut(
      pictures.map((picture): Sample => ({ category, picture })),
      { share },
    );
  });
  const learned = parts.flatMap((part) => part.train);
  const heldOut = parts.flatMap((part) => part.heldOut);
  if (learned.length < 2)
    throw new RunError(`Expected at least two good pictures to learn from but found ${learned.length}`);

  const weights =
    options.weights instanceof URL
      ? await loadWeights(options.weights.href, signal ? { signal } : {})
      : options.weights;
  const backbone = joinWeights(config, weights);
  const device = await selectDevice(options.device, { wasmPaths: options.wasmPaths });
  onEvent({ type: 'device', device });
  const categories = Object.keys(data);
  onEvent({ type: 'pictures', train: learned.length, heldOut: heldOut.length, folds: 0, categories });

  const { mean, deviation } = describeBackbone(config.backbone.name);
  const input = { mean, deviation };
  const extractor = new FeatureExtractor(config, backbone, device.compile);
  const { channels } = extractor;
  const features = new Map<Sample, Float32Array>();
  try {
    const samples = [...learned, ...heldOut];
    for (const sample of samples) {
      signal?.throwIfAborted();
      await requireEightBits(sample.picture);
      const image = prepareImage(await readPixels(sample.picture), config.imageSize, input);
      const [extracted] = await extractor.extract([image]);
      features.set(sample, extracted!);
      onEvent({ type: 'features', done: features.size, total: samples.length });
    }
  } finally {
    extractor.dispose();
  }

  const model = createModel(config, channels, new Generator(training.seed).fork('parameters'));
  const source = {
    length: learned.length,
    shape: extractor.shape,
    kinds: learned.map(({ category }) => category),
    read: async (index: number) => features.get(learned[index]!)!,
  };
  try {
    await fit(model, source, training, device.compile, {
      signal,
      onProgress: (progress) => onEvent({ type: 'fitting', ...progress }),
      onStep: (step) => onEvent({ type: 'step', epochs: training.epochs, ...step }),
      onEpoch: async (log) => onEvent({ type: 'epoch', log, epochs: training.epochs }),
    });
    const untested: TrainedModel = {
      id: randomId(),
      config,
      categories,
      input,
      threshold: NO_THRESHOLD,
      kinds: [],
      parameters: await model.parameters.stateDict(),
      backbone,
    };
    const detector = new Detector(untested, device.compile);
    const inspector: NormalInspector<Sample> = {
      inspect: (samples) => detector.inspectFeatures(samples.map((sample) => features.get(sample)!)),
      describe: async (samples) => samples.map((sample) => descriptorOf(features.get(sample)!, channels)),
      dispose: () => detector.dispose(),
    };
    return { ...untested, ...(await setThreshold(inspector, learned, heldOut, { config, signal, onEvent })) };
  } finally {
    model.dispose();
  }
}

/** As long as the ids of Node's runs. */
function randomId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
