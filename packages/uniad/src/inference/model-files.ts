import { readStateDict, writeSafetensors } from '@uniad/nn';
import type { StateDict } from '@uniad/nn';
import { resolveConfig } from '../config.js';
import type { UniADConfig } from '../config.js';
import { RunError } from '../errors.js';

/** From which score on a picture is called anomalous, and where that came from. */
export interface Threshold {
  readonly score: number;
  /** In words, for people. */
  readonly source: string;
  /** Map values drawn as nothing and as the strongest heat. */
  readonly mapRange: readonly [low: number, high: number];
}

/** A trained model, whole: everything that prediction needs but the code. */
export interface TrainedModel {
  readonly config: UniADConfig;
  /** What it has learned. */
  readonly categories: readonly string[];
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
const VERSION = 1;

/** The files that {@link decodeModel} reads back. */
export function encodeModel({ config, categories, threshold, parameters, backbone }: TrainedModel): ModelFiles {
  const json = { format: FORMAT, version: VERSION, config, categories, threshold };
  return {
    'model.json': new TextEncoder().encode(`${JSON.stringify(json, null, 2)}\n`),
    'model.safetensors': writeSafetensors(parameters),
    'backbone.safetensors': writeSafetensors(backbone),
  };
}

/**
 * Reads a model's files.
 *
 * @throws RunError, ConfigError or SafetensorsError naming what is wrong with which file
 */
export function decodeModel(files: ModelFiles): TrainedModel {
  const { config, categories, threshold } = parseModelJson(files['model.json']);
  return {
    config,
    categories,
    threshold,
    parameters: readStateDict(files['model.safetensors']),
    backbone: readStateDict(files['backbone.safetensors']),
  };
}

function parseModelJson(bytes: Uint8Array): Pick<TrainedModel, 'config' | 'categories' | 'threshold'> {
  let json: Record<string, unknown>;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as Record<string, unknown>;
  } catch (error) {
    throw new RunError(`Expected JSON in model.json: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (json?.format !== FORMAT || json.version !== VERSION) {
    throw new RunError(
      `Expected format ${FORMAT} version ${VERSION} in model.json but found ${JSON.stringify(json?.format)} version ${JSON.stringify(json?.version)}`,
    );
  }
  const threshold = json.threshold as Threshold | undefined;
  const numbers = [threshold?.score, ...(Array.isArray(threshold?.mapRange) ? threshold.mapRange : [])];
  if (numbers.length !== 3 || !numbers.every(Number.isFinite) || typeof threshold?.source !== 'string') {
    throw new RunError('Expected a threshold with score, source and mapRange in model.json');
  }
  const { categories } = json;
  if (!Array.isArray(categories) || !categories.every((name) => typeof name === 'string')) {
    throw new RunError('Expected a list of names for categories in model.json');
  }
  return { config: resolveConfig(json.config as object), categories, threshold };
}
