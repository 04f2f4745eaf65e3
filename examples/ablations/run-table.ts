import { runTables, tables } from '@uniad/core';
import type { Row, Table } from '@uniad/core';
import { Command } from 'commander';

/** One of the paper's tables, by its number. */
export function paperTable(id: string): Table {
  const table = tables.find((one) => one.id === id);
  if (!table) throw new Error(`Expected one of ${tables.map((one) => one.id).join(', ')} but received ${id}`);
  return table;
}

/** Runs a table, with rows of your own where you add some; `--help` of every script in this folder shows the settings. */
export async function runTable(table: Table, more: readonly Row[] = []): Promise<void> {
  const flags = new Command(`table ${table.id}`)
    .description(table.title)
    .requiredOption('--data <dir>', 'industrial pictures, or CIFAR-10 for table 3')
    .requiredOption('--out <dir>', 'folder for the results; an interrupted sweep goes on there')
    .option('--epochs <n>', 'of training', Number, 1000)
    .option('--seeds <n>', 'runs of each row', Number, 5)
    .option('--jobs <n>', 'trainings at a time', Number, 1)
    .option('--backbone <name>', 'feature extractor', 'efficientnet_b4')
    .option('--weights <file>', 'of the backbone; without it downloaded once')
    .parse()
    .opts<{
      data: string;
      out: string;
      epochs: number;
      seeds: number;
      jobs: number;
      backbone: string;
      weights?: string;
    }>();
  const rows = [...table.rows, ...more];
  const results = await runTables(
    [{ ...table, rows }],
    {
      data: [flags.data],
      cifar: [flags.data],
      config: { backbone: { name: flags.backbone } },
      training: { epochs: flags.epochs },
      seeds: flags.seeds,
      weights: flags.weights === undefined ? {} : { [flags.backbone]: flags.weights },
    },
    { out: flags.out, jobs: flags.jobs },
  );
  console.table(
    results.map(({ row, paper, ours }) => ({
      row,
      'paper, image': paper.detection,
      'ours, image': ours.imageAuroc?.mean,
      'paper, pixel': paper.localization,
      'ours, pixel': ours.pixelAuroc?.mean,
    })),
  );
}
