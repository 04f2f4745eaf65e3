/** All that computes: the page stays quick meanwhile. */
import simdThreads from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm?url';
import simd from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import plain from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url';
import weights from '@uniad/backbones/weights/uniad_tiny.safetensors?url';
import { encodeModel, Inspector, load, selectDevice, train } from '@uniad/core';
import type { Inspection, LoadProgress, ModelConfig, ModelFiles, PageImage, Threshold, TrainEvent } from '@uniad/core';
import { expose, transfer } from 'comlink';

const wasmPaths = {
  'tfjs-backend-wasm.wasm': plain,
  'tfjs-backend-wasm-simd.wasm': simd,
  'tfjs-backend-wasm-threaded-simd.wasm': simdThreads,
};

/** What the page shows of a model. */
export interface ModelCard {
  readonly config: ModelConfig;
  readonly categories: readonly string[];
  readonly threshold: Threshold;
  readonly device: string;
}

/** What the model makes of one picture. */
export type Finding = Pick<Inspection, 'score' | 'threshold' | 'category' | 'map'>;

/** A training's event without what cannot leave a worker. */
export type TrainStep = Exclude<TrainEvent, { type: 'device' }>;

let inspector: Inspector | undefined;
let training = new AbortController();

function use(next: Inspector): ModelCard {
  inspector?.dispose();
  inspector = next;
  const { config, categories, threshold } = next.model;
  return { config, categories, threshold, device: next.device.reason };
}

const api = {
  async load(source: string | readonly File[], progress: (progress: LoadProgress) => void): Promise<ModelCard> {
    return use(await load(source, { progress: (step) => void progress(step), wasmPaths }));
  },

  async predict(picture: PageImage): Promise<Finding> {
    if (!inspector) throw new Error('There is no model yet.');
    const { score, threshold, category, map } = await inspector.predict(picture);
    return transfer({ score, threshold, category, map }, [map.buffer]);
  },

  /** Trains on good pictures of one kind, and inspects with the new model from then on. */
  async train(
    name: string,
    pictures: readonly File[],
    epochs: number,
    onStep: (step: TrainStep) => void,
  ): Promise<ModelCard> {
    training = new AbortController();
    const model = await train({
      data: { [name]: pictures },
      weights: new URL(weights, self.location.href),
      training: { epochs },
      wasmPaths,
      signal: training.signal,
      onEvent: (event) => {
        if (event.type !== 'device') onStep(event);
      },
    });
    return use(new Inspector(model, await selectDevice('auto', { wasmPaths })));
  },

  cancel(): void {
    training.abort(new Error('The training was cancelled.'));
  },

  /** The model's files, to be saved. */
  files(): ModelFiles {
    if (!inspector) throw new Error('There is no model yet.');
    return encodeModel(inspector.model);
  },
};

export type Api = typeof api;

expose(api);
