import { backboneNames, describeBackbone } from '@uniad/backbones';
import { resolveConfig } from './config.js';
import type { ConfigOverrides, ModelConfig } from './config.js';
import { merge } from './merge.js';
import type { Preset } from './presets.js';
import { resolveTraining } from './training/training-options.js';
import type { TrainingOptions, TrainingOverrides } from './training/training-options.js';

/** The preset's training with what was asked for in its place. */
export function trainingOf({ training }: Preset, overrides: TrainingOverrides = {}): TrainingOptions {
  return resolveTraining(merge({ ...training }, { ...overrides }));
}

/**
 * The preset's configuration with what was asked for in its place; another backbone gives the stages of the same strides, and
 * what the preset says of others.
 */
export function configOf({ config, otherBackbones }: Preset, overrides: ConfigOverrides = {}): ModelConfig {
  const [before, now] = [config.backbone, overrides.backbone];
  const isOther = now?.name !== undefined && now.name !== before?.name;
  const own = isOther ? merge({ ...config }, { ...otherBackbones }) : { ...config };
  const merged = merge(own, { ...overrides }) as ConfigOverrides;
  if (before?.name === undefined || before.stages === undefined) return resolveConfig(merged);
  if (now?.name === undefined || now.stages !== undefined || !isBackbone(now.name)) return resolveConfig(merged);
  const strides = describeBackbone(before.name).stages.filter(({ stage }) => before.stages!.includes(stage));
  const stages = describeBackbone(now.name)
    .stages.filter(({ stride }) => strides.some((one) => one.stride === stride))
    .map(({ stage }) => stage);
  return resolveConfig({ ...merged, backbone: { ...merged.backbone, stages } } as ConfigOverrides);
}

/** Another name is refused by {@link resolveConfig}. */
const isBackbone = (name: unknown) => (backboneNames as readonly unknown[]).includes(name);
