import { backboneNames, describeBackbone } from '@uniad/backbones';
import type { BackboneName } from '@uniad/backbones';
import { ConfigError } from './errors.js';
import { merge } from './merge.js';
import type { PartialDeep } from './merge.js';
import { checkCutPaste, cutPasteDefaults, cutPasteSchema } from './methods/cutpaste/config.js';
import type { CutPasteConfig } from './methods/cutpaste/config.js';
import { checkDraem, draemDefaults, draemSchema } from './methods/draem/config.js';
import type { DraemConfig } from './methods/draem/config.js';
import { checkMkd, mkdDefaults, mkdSchema } from './methods/mkd/config.js';
import type { MkdConfig } from './methods/mkd/config.js';
import { nearestDefaults, nearestSchema } from './methods/nearest/config.js';
import type { NearestConfig } from './methods/nearest/config.js';
import { checkPadim, padimDefaults, padimSchema } from './methods/padim/config.js';
import type { PadimConfig } from './methods/padim/config.js';
import { patchCoreDefaults, patchCoreSchema } from './methods/patchcore/config.js';
import type { PatchCoreConfig } from './methods/patchcore/config.js';
import { checkReconstruction, reconstructionDefaults, reconstructionSchema } from './methods/reconstruction/config.js';
import type { ReconstructionConfig } from './methods/reconstruction/config.js';
import { requireFrozen, smoothingRadius } from './methods/shared-config.js';
import type { BackbonesConfig, Stages } from './pipeline/backbones.js';
import { validate } from './validate.js';
import type { Group } from './validate.js';

/** Describes a model completely, whatever its method. */
export type ModelConfig =
  ReconstructionConfig | PatchCoreConfig | PadimConfig | NearestConfig | MkdConfig | DraemConfig | CutPasteConfig;

/** The methods by name. */
export type MethodName = ModelConfig['method'];

/** Any part of a configuration; what is left out keeps its default. */
export type ConfigOverrides = { [Name in MethodName]: PartialDeep<Extract<ModelConfig, { method: Name }>> }[MethodName];

interface Rules {
  readonly schema: Group;
  readonly defaults: ModelConfig;
  /** Strides of the stages that a backbone gives which is named without its stages. */
  readonly strides: readonly [least: number, most: number];
  /** Throws ConfigError for settings that do not go together. */
  readonly check: (config: never) => void;
}

const rules: Readonly<Record<MethodName, Rules>> = {
  // Section 3.3 takes strides 2 to 16.
  reconstruction: {
    schema: reconstructionSchema,
    defaults: reconstructionDefaults,
    strides: [1, 16],
    check: checkReconstruction,
  },
  patchcore: { schema: patchCoreSchema, defaults: patchCoreDefaults, strides: [8, 16], check: requireFrozen },
  padim: { schema: padimSchema, defaults: padimDefaults, strides: [4, 16], check: checkPadim },
  nearest: { schema: nearestSchema, defaults: nearestDefaults, strides: [8, 16], check: requireFrozen },
  mkd: { schema: mkdSchema, defaults: mkdDefaults, strides: [1, 16], check: checkMkd },
  draem: { schema: draemSchema, defaults: draemDefaults, strides: [1, 16], check: checkDraem },
  cutpaste: { schema: cutPasteSchema, defaults: cutPasteDefaults, strides: [16, 16], check: checkCutPaste },
};

/** The names of the methods. */
export const methodNames = Object.keys(rules) as MethodName[];

/** The paper's model for MVTec-AD (section 4.2). */
export const defaultConfig: ReconstructionConfig = reconstructionDefaults;

/** Smaller maps have no 16x16 window whose average could be their score. */
const SMALLEST_SIDE = 16;

/** The configuration of a reconstruction model, as {@link resolveConfig} makes it. */
export function resolveConfig(overrides?: PartialDeep<ReconstructionConfig>): ReconstructionConfig;
/** The configuration of a model of that method. */
export function resolveConfig<Name extends MethodName>(
  overrides: { readonly method: Name } & PartialDeep<Extract<ModelConfig, { method: Name }>>,
): Extract<ModelConfig, { method: Name }>;
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
  const { schema, defaults, strides, check } = rules[method];
  const merged = merge({ ...defaults }, overrides);
  const config = validate(schema, withStages(merged, overrides, strides), 'the configuration', (message) => {
    return new ConfigError(message);
  }) as ModelConfig;
  checkShared(config);
  check(config as never);
  return config;
}

/** A backbone that is named without its stages gives those of the method's strides. */
function withStages(
  merged: Record<string, unknown>,
  { backbone }: ConfigOverrides,
  [least, most]: Rules['strides'],
): Record<string, unknown> {
  const name: unknown = backbone?.name;
  if (name === undefined) return merged;
  requireKnown(name, 'backbone.name');
  if (backbone?.stages !== undefined) return merged;
  const stages = describeBackbone(name).stages.filter(({ stride }) => stride >= least && stride <= most);
  return { ...merged, backbone: { ...(merged.backbone as object), stages: stages.map(({ stage }) => stage) } };
}

function requireKnown(name: unknown, where: string): asserts name is BackboneName {
  if ((backboneNames as readonly unknown[]).includes(name)) return;
  throw new ConfigError(
    `Expected one of ${backboneNames.join(', ')} for ${where} but received ${JSON.stringify(name)}`,
  );
}

function requireStages({ name, stages }: Stages, where: string): void {
  const known = describeBackbone(name).stages.map(({ stage }) => stage);
  const unknown = stages.find((stage) => !known.includes(stage));
  if (unknown === undefined) return;
  throw new ConfigError(
    `Expected stages from ${known[0]} to ${known.at(-1)} of ${name} for ${where}.stages but received ${unknown}`,
  );
}

function checkShared(config: ModelConfig): void {
  const { backbone, imageSize, imageScore, smoothing } = config;
  requireStages(backbone, 'backbone');
  const { beside }: BackbonesConfig = config;
  if (beside) {
    requireKnown(beside.name, 'beside.name');
    requireStages(beside, 'beside');
  }
  if (imageScore === 'max' && imageSize.some((side) => side < SMALLEST_SIDE)) {
    throw new ConfigError(
      `Expected an imageSize of at least ${SMALLEST_SIDE}x${SMALLEST_SIDE} for the imageScore "max" but received ${imageSize.join('x')}`,
    );
  }
  const radius = smoothingRadius(smoothing);
  if (imageSize.some((side) => side <= radius)) {
    throw new ConfigError(
      `Expected an imageSize of more than ${radius} pixels a side, which a smoothing of ${smoothing} reaches, but received ${imageSize.join('x')}`,
    );
  }
}
