import { backboneNames, describeBackbone } from '@uniad/backbones';
import { ConfigError } from './errors.js';
import { merge } from './merge.js';
import type { PartialDeep } from './merge.js';
import { checkReconstruction, reconstructionDefaults, reconstructionSchema } from './methods/reconstruction/config.js';
import type { ReconstructionConfig } from './methods/reconstruction/config.js';
import { validate } from './validate.js';
import type { Group } from './validate.js';

/** Describes a model completely, whatever its method. */
export type ModelConfig = ReconstructionConfig;

/** The methods by name. */
export type MethodName = ModelConfig['method'];

/** Any part of a configuration; what is left out keeps its default. */
export type ConfigOverrides = { [Name in MethodName]: PartialDeep<Extract<ModelConfig, { method: Name }>> }[MethodName];

interface Rules {
  readonly schema: Group;
  readonly defaults: ModelConfig;
  /** Throws ConfigError for settings that do not go together. */
  readonly check: (config: never) => void;
}

const rules: Readonly<Record<MethodName, Rules>> = {
  reconstruction: { schema: reconstructionSchema, defaults: reconstructionDefaults, check: checkReconstruction },
};

/** The paper's model for MVTec-AD (section 4.2). */
export const defaultConfig: ReconstructionConfig = reconstructionDefaults;

/** Smaller maps have no 16x16 window whose average could be their score. */
const SMALLEST_SIDE = 16;

/** Deeper stages see more than a token's surroundings (section 3.3 takes strides 2 to 16). */
const LARGEST_STRIDE = 16;

/** The configuration of a reconstruction model, as {@link resolveConfig} makes it. */
export function resolveConfig(overrides?: PartialDeep<ReconstructionConfig>): ReconstructionConfig;
export function resolveConfig(overrides: ConfigOverrides): ModelConfig;
/**
 * The default configuration of a method with `overrides` in place.
 *
 * @throws ConfigError naming an unknown field, a value that cannot be, or values that do not go together
 */
export function resolveConfig(overrides: ConfigOverrides = {}): ModelConfig {
  if (typeof overrides !== 'object' || overrides === null || Array.isArray(overrides)) {
    throw new ConfigError(`Expected an object for the configuration but received ${JSON.stringify(overrides)}`);
  }
  const method = overrides.method ?? 'reconstruction';
  if (!Object.hasOwn(rules, method)) {
    throw new ConfigError(
      `Expected ${Object.keys(rules).join(' or ')} for method but received ${JSON.stringify(method)}`,
    );
  }
  const { schema, defaults, check } = rules[method];
  const merged = merge({ ...defaults }, overrides);
  const config = validate(schema, withStages(merged, overrides), 'the configuration', (message) => {
    return new ConfigError(message);
  }) as ModelConfig;
  checkShared(config);
  check(config as never);
  return config;
}

/** A backbone that is named without its stages gives all up to stride 16. */
function withStages(merged: Record<string, unknown>, { backbone }: ConfigOverrides): Record<string, unknown> {
  const name: unknown = backbone?.name;
  if (name === undefined) return merged;
  if (typeof name !== 'string' || !(backboneNames as readonly string[]).includes(name)) {
    throw new ConfigError(
      `Expected one of ${backboneNames.join(', ')} for backbone.name but received ${JSON.stringify(name)}`,
    );
  }
  if (backbone?.stages !== undefined) return merged;
  const stages = describeBackbone(name).stages.filter(({ stride }) => stride <= LARGEST_STRIDE);
  return { ...merged, backbone: { ...(merged.backbone as object), stages: stages.map(({ stage }) => stage) } };
}

function checkShared({ backbone, imageSize, imageScore }: ModelConfig): void {
  const known = describeBackbone(backbone.name).stages.map(({ stage }) => stage);
  const unknown = backbone.stages.find((stage) => !known.includes(stage));
  if (unknown !== undefined) {
    throw new ConfigError(
      `Expected stages from ${known[0]} to ${known.at(-1)} of ${backbone.name} for backbone.stages but received ${unknown}`,
    );
  }
  if (imageScore === 'max' && imageSize.some((side) => side < SMALLEST_SIDE)) {
    throw new ConfigError(
      `Expected an imageSize of at least ${SMALLEST_SIDE}x${SMALLEST_SIDE} for the imageScore "max" but received ${imageSize.join('x')}`,
    );
  }
}
