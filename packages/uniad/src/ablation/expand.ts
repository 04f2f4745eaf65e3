import { describeBackbone } from '@uniad/backbones';
import type { ConfigOverrides } from '../config.js';
import { merge } from '../merge.js';
import { presets } from '../presets.js';
import type { TrainingOverrides } from '../training/training-options.js';
import type { Row, Table } from './table.js';
import { unitKey } from './unit.js';
import type { Unit } from './unit.js';

/** What a sweep changes of every row, and where its data is. */
export interface SweepSettings {
  /** Industrial pictures; absent where no table needs them. */
  readonly data: readonly string[];
  /** CIFAR-10, for table 3. */
  readonly cifar: readonly string[];
  /** Of the industrial data. */
  readonly categories: readonly string[];
  /** In place of the paper's; a row goes before it. */
  readonly config: ConfigOverrides;
  readonly training: TrainingOverrides;
  readonly trainPerCategory?: number;
  readonly seeds: number;
  readonly curveEvery?: number;
  /** Weights by the backbone's name. */
  readonly weights: Readonly<Record<string, string>>;
}

/** A row, and the units whose mean it is: by seed, and by category in the separate setting. */
export interface ExpandedRow {
  readonly table: string;
  readonly row: Row;
  readonly seeds: readonly (readonly { readonly key: string; readonly unit: Unit }[])[];
}

/** The trainings that tables need. */
export function expand(tables: readonly Table[], settings: SweepSettings): ExpandedRow[] {
  return tables.flatMap(({ id, rows }) =>
    rows.map((row) => ({
      table: id,
      row,
      seeds: Array.from({ length: settings.seeds }, (_, seed) =>
        unitsOf(row, seed, settings).map((unit) => ({ key: unitKey(unit), unit })),
      ),
    })),
  );
}

function unitsOf(row: Row, seed: number, settings: SweepSettings): Unit[] {
  const { normalClasses, setting, curve } = row;
  const base = merge({ ...presets.paper.config }, { ...settings.config });
  const config = withExistingStages(merge(base, { ...row.config }) as ConfigOverrides);
  const weights = settings.weights[config.backbone?.name ?? ''];
  const unit: Unit = {
    data: normalClasses ? settings.cifar : settings.data,
    ...(normalClasses && { normalClasses }),
    config,
    training: merge({ ...settings.training, ...row.training }, { seed }) as TrainingOverrides,
    ...(settings.trainPerCategory !== undefined && { trainPerCategory: settings.trainPerCategory }),
    ...(weights !== undefined && { weights }),
    ...(curve && settings.curveEvery !== undefined && { curveEvery: settings.curveEvery }),
  };
  if (setting !== 'separate') return [unit];
  return settings.categories.map((category) => ({ ...unit, category }));
}

/** A backbone with fewer stages than a row asks for gives all that it has. */
function withExistingStages(config: ConfigOverrides): ConfigOverrides {
  const { name, stages } = config.backbone ?? {};
  if (name === undefined || stages === undefined) return config;
  const existing = describeBackbone(name).stages.map(({ stage }) => stage);
  return { ...config, backbone: { ...config.backbone, stages: stages.filter((stage) => existing.includes(stage)) } };
}
