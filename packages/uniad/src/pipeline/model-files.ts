import { IMAGENET_DEVIATION, IMAGENET_MEAN } from '@uniad/datasets';
import { readSafetensors, readStateDict, writeSafetensors } from '@uniad/nn';
import type { NamedTensor, StateDict } from '@uniad/nn';
import * as v from 'valibot';
import { resolveConfig } from '../config.js';
import type { ConfigOverrides, ModelConfig } from '../config.js';
import { precisions } from '../device/device.js';
import type { Precision } from '../device/device.js';
import { RunError } from '../errors.js';
import { oneOf, that, validate } from '../validate.js';
import type { BackbonesConfig } from './backbones.js';
import { inputSchema } from './input-settings.js';
import type { InputSettings } from './input-settings.js';
import { int8Axes } from './int8-tensors.js';
import type { Kind } from './kinds.js';

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
  /** Of all kinds together; those of single kinds go before it. */
  readonly threshold: Threshold;
  /** Empty where none were measured: in models of earlier versions, and where the backbone was trained along. */
  readonly kinds: readonly Kind[];
  readonly parameters: StateDict;
  readonly backbone: StateDict;
  /** With `int8`, weights are stored as 8-bit integers, and products computed in them on a device that can; float32 by default. */
  readonly precision?: Precision;
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
/** Models in float32 are still written as version 3, which earlier releases read; they refuse those in int8. */
const [VERSION, FLOAT_VERSION] = [4, 3] as const;

/** Where the kinds' numbers stand among the tensors of `model.safetensors`. */
const [CENTERS, DEVIATIONS] = ['kinds.center', 'kinds.deviation'] as const;

const kindSchema = v.object({
  name: v.string('a text'),
  reach: finite,
  typical: finite,
  threshold: finite,
  source: v.string('a text'),
});

const jsonSchema = v.object({
  format: v.literal(FORMAT),
  version: v.literal(VERSION),
  precision: oneOf(...precisions),
  id: v.string('a text'),
  config: that<ConfigOverrides>('an object', (value) => typeof value === 'object' && value !== null),
  categories: that<readonly string[]>(
    'a list of names',
    (value) => Array.isArray(value) && value.every((name) => typeof name === 'string'),
  ),
  input: inputSchema,
  threshold: thresholdSchema,
  kinds: v.array(kindSchema, 'a list of kinds'),
});

/** The files that {@link decodeModel} reads back. */
export function encodeModel(model: TrainedModel): ModelFiles {
  const { id, kinds, parameters, backbone, precision } = model;
  const options = precision === 'int8' ? { int8: int8Axes } : {};
  return {
    'model.json': encodeModelJson(model),
    'model.safetensors': writeSafetensors({ ...parameters, ...tensorsOf(kinds) }, { model: id }, options),
    'backbone.safetensors': writeSafetensors(backbone, { model: id }, options),
  };
}

/** The one file that has the thresholds; nothing in it depends on the others but the model's id. */
export function encodeModelJson(model: TrainedModel): Uint8Array {
  const { id, precision, config, categories, input, threshold, kinds } = model;
  const version = precision === 'int8' ? { version: VERSION, precision } : { version: FLOAT_VERSION };
  const inWords = kinds.map(({ center, deviation, ...kind }) => kind);
  const json = { format: FORMAT, ...version, id, config, categories, input, threshold, kinds: inWords };
  return new TextEncoder().encode(`${JSON.stringify(json, null, 2)}\n`);
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
  const { id, precision, config, categories, input, threshold, kinds } = validate(
    jsonSchema,
    upgraded(json, place),
    place,
    (message) => new RunError(`${place}: ${message}`),
  );
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
        if (!allFinite(data)) throw new Error(`expected finite numbers in ${parameter} but found others`);
      }
      return state;
    } catch (error) {
      throw new RunError(`${placeOf(name)}: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  const { [CENTERS]: centers, [DEVIATIONS]: deviations, ...parameters } = tensors('model.safetensors');
  if (['memory.bank', 'patches.bank'].some((name) => parameters[name]?.shape.length === 2)) {
    throw new RunError(
      `${placeOf('model.safetensors')}: expected a memory of each kind but found one of all, from a release of before whose distances were others: train the model again`,
    );
  }
  const resolved = resolveConfig(config);
  const { beside }: BackbonesConfig = resolved;
  if (beside && ['memory', 'patches'].some((of) => parameters[`${of}.bank`] && !parameters[`${of}.beside_bank`])) {
    throw new RunError(
      `${placeOf('model.safetensors')}: expected a memory of each backbone but found one of both, from a release of before: train the model again`,
    );
  }
  return {
    id,
    config: resolved,
    categories,
    input,
    threshold,
    kinds: kinds.map((kind, i) => ({ ...kind, center: row(centers, i), deviation: row(deviations, i) })),
    parameters,
    backbone: tensors('backbone.safetensors'),
    ...(precision === 'int8' && { precision }),
  };

  function row(tensor: NamedTensor | undefined, i: number): Float32Array {
    const [rows, columns = 0] = tensor?.shape ?? [];
    if (!tensor || rows !== kinds.length || tensor.shape.length !== 2) {
      throw new RunError(
        `${placeOf('model.safetensors')}: expected ${CENTERS} and ${DEVIATIONS} of the ${kinds.length} kinds in model.json`,
      );
    }
    return tensor.data.slice(i * columns, (i + 1) * columns);
  }
}

/** `[kinds, channels]` each. */
function tensorsOf(kinds: readonly Kind[]): StateDict {
  if (kinds.length === 0) return {};
  const stacked = (rows: readonly Float32Array[]): NamedTensor => {
    const data = new Float32Array(rows.length * rows[0]!.length);
    rows.forEach((values, i) => data.set(values, i * values.length));
    return { shape: [rows.length, rows[0]!.length], data };
  };
  return {
    [CENTERS]: stacked(kinds.map(({ center }) => center)),
    [DEVIATIONS]: stacked(kinds.map(({ deviation }) => deviation)),
  };
}

/** A plain loop: `every` takes five times as long, and models have millions of numbers. */
function allFinite(data: Float32Array): boolean {
  for (let i = 0; i < data.length; i++) if (!Number.isFinite(data[i])) return false;
  return true;
}

function parseJson(bytes: Uint8Array, place: string): Record<string, unknown> {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as Record<string, unknown>;
  } catch (error) {
    throw new RunError(`Expected JSON in ${place}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Version 3 knew no precision; version 2 no kinds; version 1 one method, one normalisation, and other names for the places of the mask. */
function upgraded(json: Record<string, unknown> | null, place: string): unknown {
  const { format, version } = json ?? {};
  if (format !== FORMAT || !Number.isInteger(version) || Number(version) < 1 || Number(version) > VERSION) {
    throw new RunError(
      `Expected format ${FORMAT} version 1 to ${VERSION} in ${place} but found ${JSON.stringify(format)} version ${JSON.stringify(version)}`,
    );
  }
  if (version === VERSION) return json;
  const asFloat = { ...json, version: VERSION, precision: 'float32' };
  if (version === FLOAT_VERSION) return asFloat;
  if (version === 2) return { ...asFloat, kinds: [] };
  const { neighborMask, ...config } = (json?.config ?? {}) as Record<string, unknown>;
  const { decoderMemory, decoderPrevious, ...mask } = (neighborMask ?? {}) as Record<string, unknown>;
  return {
    ...asFloat,
    id: '',
    config: {
      method: 'reconstruction',
      ...config,
      neighborMask: neighborMask && { ...mask, decoderFirst: decoderMemory, decoderSecond: decoderPrevious },
    },
    input: { mean: IMAGENET_MEAN, deviation: IMAGENET_DEVIATION },
    kinds: [],
  };
}
