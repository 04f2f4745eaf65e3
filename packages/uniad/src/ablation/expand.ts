import { describeBackbone } from '@uniad/backbones';
import { resolveConfig } from '../config.js';
import type { ConfigOverrides } from '../config.js';
import { merge } from '../merge.js';
import { presets } from '../presets.js';
import type { TrainingOverrides } from '../training/training-options.js';
import type { Row, Table } from './table.js';
import { unitKey } from './unit.js';
import type { Unit } from './unit.js';

/** What a sweep changes of every row, and where its data is. */
export interface SweepSettings {
  /** Industrial pictures; empty where no table needs them. */
  readonly data: readonly string[];
  /** CIFAR-10, for table 3; empty where it is not run. */
  readonly cifar: readonly string[];
  /** In place of the paper's; a row goes before it. */
  readonly config: ConfigOverrides;
  readonly training: TrainingOverrides;
  readonly trainPerCategory?: number;
  readonly seeds: number;
  /** Takes the rows' quick settings, too. */
  readonly quick?: boolean;
  /** Epochs between the points of a curve; a tenth of all by default. */
  readonly curveEvery?: number;
  /** Files of weights by the backbone's name, or `random`; those that are left out come in the box or are downloaded. */
  readonly weights?: Readonly<Record<string, string>>;
}

/** A row, and the units whose mean it is: by seed, and by category in the separate setting. */
export interface ExpandedRow {
  readonly table: string;
  readonly row: Row;
  readonly seeds: readonly (readonly { readonly key: string; readonly unit: Unit }[])[];
}

/**
 * The trainings that tables need.
 *
 * @throws ConfigError for a row whose configuration cannot be
 * @param categories of the industrial data
 */
export function expand(
  tables: readonly Table[],
  settings: SweepSettings,
  categories: readonly string[],
): ExpandedRow[] {
  const rows = tables.flatMap((table) => table.rows.map((row) => ({ table: table.id, row })));
  const units = rows.map(({ row }) =>
    Array.from({ length: settings.seeds }, (_, seed) => unitsOf(row, seed, settings, categories)),
  );
  // Evaluating while training changes no number: a row that wants no curve shares the training of one that does.
  const withCurve = new Map(units.flat(2).flatMap((unit) => (unit.curveEvery ? [[keyWithoutCurve(unit), unit]] : [])));
  return rows.map((row, i) => ({
    ...row,
    seeds: units[i]!.map((ofSeed) =>
      ofSeed.map((unit) => {
        const shared = withCurve.get(keyWithoutCurve(unit)) ?? unit;
        return { key: unitKey(shared), unit: shared };
      }),
    ),
  }));
}

const keyWithoutCurve = ({ curveEvery, ...unit }: Unit) => unitKey(unit);

function unitsOf(row: Row, seed: number, settings: SweepSettings, categories: readonly string[]): Unit[] {
  const { normalClasses, setting, curve } = row;
  const base = merge({ ...presets.paper.config }, { ...settings.config });
  // Whole, so that rows which say the same in other words are one training.
  const own = merge(merge(base, { ...row.config }), settings.quick ? { ...row.quick } : {});
  const config = resolveConfig(withExistingStages(own as ConfigOverrides));
  const weights = settings.weights?.[config.backbone.name];
  if (row.complexity) return [{ data: [], config, training: {}, complexity: true }];
  const unit: Unit = {
    data: normalClasses ? settings.cifar : settings.data,
    ...(normalClasses && { normalClasses }),
    config,
    training: merge({ ...settings.training, ...row.training }, { seed }) as TrainingOverrides,
    ...(settings.trainPerCategory !== undefined && { trainPerCategory: settings.trainPerCategory }),
    ...(weights !== undefined && { weights }),
    ...(curve && {
      curveEvery: settings.curveEvery ?? Math.max(1, Math.floor((settings.training.epochs ?? 1000) / 10)),
    }),
  };
  if (setting !== 'separate') return [unit];
  return categories.map((category) => ({ ...unit, category }));
}

/** A backbone with fewer stages than a row asks for gives all that it has. */
function withExistingStages(config: ConfigOverrides): ConfigOverrides {
  const { name, stages } = config.backbone ?? {};
  if (name === undefined || stages === undefined) return config;
  const existing = describeBackbone(name).stages.map(({ stage }) => stage);
  return { ...config, backbone: { ...config.backbone, stages: stages.filter((stage) => existing.includes(stage)) } };
}
