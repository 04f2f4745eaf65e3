import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openDataset } from '@uniad/datasets';
import { Command, InvalidArgumentError, Option } from 'commander';
import pc from 'picocolors';
import type { DeviceName } from '../device/device.js';
import type { SweepSettings } from '../ablation/expand.js';
import { writeQuickCifar, writeQuickParts } from '../ablation/quick-data.js';
import { runTables } from '../ablation/run-tables.js';
import type { Table } from '../ablation/table.js';
import { tables } from '../ablation/tables.js';
import { runUnit } from '../ablation/unit.js';
import type { Unit, UnitPlace } from '../ablation/unit.js';
import { asMarkdown } from '../ablation/write-tables.js';
import type { ConfigOverrides } from '../config.js';
import { ConfigError } from '../errors.js';
import { requirePlace } from '../files/require-place.js';
import { merge } from '../merge.js';
import type { TrainingOverrides } from '../training/training-options.js';
import { counted } from './counted.js';
import { cacheOption, deviceOption, positiveNumber, wholeNumber } from './options.js';
import { ProgressView } from './progress.js';
import { runCommand } from './run-command.js';
import { readSettings, setting } from './settings.js';
import type { Setting } from './settings.js';

interface AblateFlags {
  data?: string[];
  cifar?: string[];
  out: string;
  quick?: boolean;
  epochs?: number;
  lr?: number;
  seeds?: number;
  jobs: number;
  curveEvery?: number;
  trainPerCategory?: number;
  setting?: 'unified' | 'separate';
  backbone?: string;
  weights: Record<string, string>;
  set: Setting[];
  device: DeviceName | 'auto';
  cache?: string;
}

/** `--quick`: one epoch on what the repository draws itself, with the backbone in the box. */
const QUICK = { backbone: 'uniad_tiny', epochs: 1 } as const;

const ids = tables.map(({ id }) => id);

/** `uniad ablate` */
export function ablateCommand(): Command {
  return new Command('ablate')
    .description("Run tables of the paper and print them beside the paper's figures")
    .argument('<table...>', `all, or any of ${ids.join(', ')}`)
    .requiredOption('--out <dir>', 'folder for the tables; a sweep that was interrupted goes on there')
    .option('--data <dir...>', 'industrial pictures, for all tables but 3')
    .option('--cifar <dir>', 'CIFAR-10, for table 3', (value: string) => [value])
    .option('--quick', 'see every row run, on generated data and a tiny budget')
    .option('--epochs <n>', "in place of the paper's 1000", wholeNumber(1))
    .option('--lr <x>', "learning rate at its highest, in place of the paper's", positiveNumber)
    .option(
      '--seeds <n>',
      'runs of each row, the figures are their mean (default: 5, as in the paper; with --quick 1)',
      wholeNumber(1),
    )
    .option('--jobs <n>', 'trainings at a time', wholeNumber(1), 1)
    .option('--curve-every <n>', 'epochs between the points of a curve (default: a tenth of all)', wholeNumber(1))
    .option('--train-per-category <n>', 'learn from the first so many pictures of each category', wholeNumber(1))
    .addOption(new Option('--setting <name>', 'only the rows of this setting').choices(['unified', 'separate']))
    .option('--backbone <name>', "in place of the paper's efficientnet_b4, but for table A6")
    .option('--weights <name=file>', "a backbone's weights; may be repeated", weightsOption, {})
    .option(
      '--set <key=value>',
      'one setting of every row, such as training.batchSize=16; may be repeated',
      setting,
      [],
    )
    .addOption(deviceOption())
    .addOption(cacheOption())
    .addHelpText(
      'after',
      '\nExamples:\n  $ uniad ablate all --quick --out ablations\n  $ uniad ablate 5a A3 --data mvtec --seeds 5 --out ablations',
    )
    .action((names: string[], flags: AblateFlags) => runCommand((signal) => runAblate(names, flags, signal)));
}

/** What {@link ablateCommand} has its workers run; not for people. */
export function ablateUnitCommand(): Command {
  return new Command('ablate-unit').argument('<file>').action((file: string) =>
    runCommand(async (signal) => {
      const { unit, place } = JSON.parse(await readFile(file, 'utf8')) as { unit: Unit; place: UnitPlace };
      await runUnit(unit, place, signal);
    }),
  );
}

function weightsOption(text: string, before: Record<string, string>): Record<string, string> {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('Expected name=file.');
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
}

async function runAblate(names: readonly string[], flags: AblateFlags, signal: AbortSignal): Promise<void> {
  const view = new ProgressView();
  await requirePlace('folder', flags.out);
  const chosen = chooseTables(names, flags);
  const settings = await sweepSettings(chosen, flags);
  try {
    const results = await runTables(chosen, settings, {
      out: flags.out,
      cache: flags.cache,
      device: flags.device,
      jobs: flags.jobs,
      signal,
      onOutcome: ({ done, total, outcome }) => {
        if ('error' in outcome) view.print(`warning: a training failed: ${outcome.error}`);
        view.update('trainings', done, total);
      },
    });
    view.stop();
    console.log(await asMarkdown(chosen, results));
    const failed = results.filter(({ error }) => error !== null).length;
    console.log(`${pc.green('✔')} ${counted(results.length, 'row')} in ${join(flags.out, 'tables.html')}`);
    if (failed > 0) throw new ConfigError(`${counted(failed, 'row')} failed; see ${join(flags.out, 'tables.md')}`);
  } finally {
    view.stop();
  }
}

/** @throws ConfigError for an unknown table, or one whose data was not given */
function chooseTables(names: readonly string[], { quick, data, cifar, setting: only }: AblateFlags): Table[] {
  const all = names.includes('all');
  const unknown = names.find((name) => name !== 'all' && !ids.includes(name));
  if (unknown !== undefined) {
    throw new ConfigError(
      `Expected all or any of ${ids.join(', ')} for the tables but received ${JSON.stringify(unknown)}`,
    );
  }
  const chosen = tables
    .filter(({ id }) => all || names.includes(id))
    .map((table) => ({ ...table, rows: table.rows.filter(({ setting = 'unified' }) => (only ?? setting) === setting) }))
    .filter(({ rows }) => rows.length > 0);
  if (chosen.length === 0) throw new ConfigError(`Expected tables with rows of the setting ${only} but found none`);
  if (quick) return chosen;
  const missing = (table: Table) => (isCifar(table) ? cifar === undefined : data === undefined);
  const without = chosen.filter(missing);
  const able = chosen.filter((table) => !missing(table));
  if (able.length === 0 || (without.length > 0 && !all)) {
    throw new ConfigError(
      `Expected ${isCifar(without[0]!) ? '--cifar' : '--data'} for table ${without[0]!.id} but received none`,
    );
  }
  for (const { id } of without) console.error(`table ${id} is left out: its data was not given`);
  return able;
}

const isCifar = ({ rows }: Table) => rows.some(({ normalClasses }) => normalClasses !== undefined);

async function sweepSettings(chosen: readonly Table[], flags: AblateFlags): Promise<SweepSettings> {
  const { quick = false } = flags;
  const single = await readSettings(undefined, flags.set);
  const backbone = flags.backbone ?? (quick ? QUICK.backbone : undefined);
  const epochs = flags.epochs ?? (quick ? QUICK.epochs : 1000);
  let { data = [], cifar = [] } = flags;
  if (quick && data.length === 0) {
    data = [join(flags.out, 'parts')];
    await openDataset(data).catch(() => writeQuickParts(data[0]!));
  }
  if (quick && cifar.length === 0 && chosen.some(isCifar)) {
    cifar = [join(flags.out, 'cifar')];
    await writeQuickCifar(cifar[0]!);
  }
  const compared = chosen.flatMap(({ rows }) => rows.flatMap(({ config }) => config?.backbone?.name ?? []));
  return {
    data,
    cifar,
    config: merge(single.config, backbone === undefined ? {} : { backbone: { name: backbone } }) as ConfigOverrides,
    training: merge(single.training, { epochs, learningRate: flags.lr }) as TrainingOverrides,
    ...(flags.trainPerCategory !== undefined && { trainPerCategory: flags.trainPerCategory }),
    seeds: flags.seeds ?? (quick ? 1 : 5),
    quick,
    ...(flags.curveEvery !== undefined && { curveEvery: flags.curveEvery }),
    weights: { ...(quick && Object.fromEntries(compared.map((name) => [name, 'random']))), ...flags.weights },
  };
}
