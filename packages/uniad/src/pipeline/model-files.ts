import { IMAGENET_DEVIATION, IMAGENET_MEAN } from '@uniad/datasets';
import { readSafetensors, readStateDict, writeSafetensors } from '@uniad/nn';
import type { StateDict } from '@uniad/nn';
import * as v from 'valibot';
import { resolveConfig } from '../config.js';
import type { ConfigOverrides, ModelConfig } from '../config.js';
import { RunError } from '../errors.js';
import { that, validate } from '../validate.js';
import { inputSchema } from './input-settings.js';
import type { InputSettings } from './input-settings.js';

const finite = that<number>('a finite number', Number.isFinite);

const thresholdSchema = v.object({
  /** From which score on a picture is called anomalous. */
  score: finite,
  /** Where that came from, in words, for people. */
  source: v.string('a text'),
  /** Map values drawn as nothing and as the strongest heat. */
  mapRange: that<readonly [low: number, high: number]>(
    'two finite numbers',
    (value) => Array.isArray(value) && value.length === 2 && value.every(Number.isFinite),
  ),
});

/** From which score on a picture is called anomalous, and where that came from. */
export type Threshold = Readonly<v.InferOutput<typeof thresholdSchema>>;

/** A trained model, whole: everything that prediction needs but the code. */
export interface TrainedModel {
  /** Stands in each of its files, so that files of two trainings are not taken for one model. */
  readonly id: string;
  readonly config: ModelConfig;
  /** What it has learned. */
  readonly categories: readonly string[];
  readonly input: InputSettings;
  readonly threshold: Threshold;
  readonly parameters: StateDict;
  readonly backbone: StateDict;
}

/** The files of a model, as bytes: a folder on disk, or three downloads in a browser. */
export interface ModelFiles {
  readonly 'model.json': Uint8Array;
  readonly 'model.safetensors': Uint8Array;
  readonly 'backbone.safetensors': Uint8Array;
}

/** Names of the files, the JSON last: where it stands, the model is complete. */
export const modelFileNames = ['backbone.safetensors', 'model.safetensors', 'model.json'] as const;

const FORMAT = 'uniad-model';
const VERSION = 2;

const jsonSchema = v.object({
  format: v.literal(FORMAT),
  version: v.literal(VERSION),
  id: v.string('a text'),
  config: that<ConfigOverrides>('an object', (value) => typeof value === 'object' && value !== null),
  categories: that<readonly string[]>(
    'a list of names',
    (value) => Array.isArray(value) && value.every((name) => typeof name === 'string'),
  ),
  input: inputSchema,
  threshold: thresholdSchema,
});

/** The files that {@link decodeModel} reads back. */
export function encodeModel({
  id,
  config,
  categories,
  input,
  threshold,
  parameters,
  backbone,
}: TrainedModel): ModelFiles {
  const json = { format: FORMAT, version: VERSION, id, config, categories, input, threshold };
  return {
    'model.json': new TextEncoder().encode(`${JSON.stringify(json, null, 2)}\n`),
    'model.safetensors': writeSafetensors(parameters, { model: id }),
    'backbone.safetensors': writeSafetensors(backbone, { model: id }),
  };
}

/**
 * Reads a model's files.
 *
 * @param placeOf a file, for messages
 * @throws RunError or ConfigError naming what is wrong with which file
 */
export function decodeModel(files: ModelFiles, placeOf: (name: string) => string = (name) => name): TrainedModel {
  const place = placeOf('model.json');
  const json = parseJson(files['model.json'], place);
  const { id, config, categories, input, threshold } = validate(jsonSchema, upgraded(json, place), place, (message) => {
    return new RunError(`${place}: ${message}`);
  });
  const tensors = (name: 'model.safetensors' | 'backbone.safetensors') => {
    try {
      const { metadata } = readSafetensors(files[name]);
      if (metadata.model !== undefined && metadata.model !== id) {
        throw new Error(
          `expected the tensors of training ${id}, as model.json says, but found those of ${metadata.model}`,
        );
      }
      const state = readStateDict(files[name]);
      for (const [parameter, { data }] of Object.entries(state)) {
        if (!data.every(Number.isFinite)) throw new Error(`expected finite numbers in ${parameter} but found others`);
      }
      return state;
    } catch (error) {
      throw new RunError(`${placeOf(name)}: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  return {
    id,
    config: resolveConfig(config),
    categories,
    input,
    threshold,
    parameters: tensors('model.safetensors'),
    backbone: tensors('backbone.safetensors'),
  };
}

function parseJson(bytes: Uint8Array, place: string): Record<string, unknown> {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as Record<string, unknown>;
  } catch (error) {
    throw new RunError(`Expected JSON in ${place}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Version 1 knew one method, one normalisation, and other names for the places of the mask. */
function upgraded(json: Record<string, unknown> | null, place: string): unknown {
  const { format, version } = json ?? {};
  if (format !== FORMAT || (version !== 1 && version !== VERSION)) {
    throw new RunError(
      `Expected format ${FORMAT} version ${VERSION} in ${place} but found ${JSON.stringify(format)} version ${JSON.stringify(version)}`,
    );
  }
  if (version === VERSION) return json;
  const { neighborMask, ...config } = (json?.config ?? {}) as Record<string, unknown>;
  const { decoderMemory, decoderPrevious, ...mask } = (neighborMask ?? {}) as Record<string, unknown>;
  return {
    ...json,
    version: VERSION,
    id: '',
    config: {
      method: 'reconstruction',
      ...config,
      neighborMask: neighborMask && { ...mask, decoderFirst: decoderMemory, decoderSecond: decoderPrevious },
    },
    input: { mean: IMAGENET_MEAN, deviation: IMAGENET_DEVIATION },
  };
}
