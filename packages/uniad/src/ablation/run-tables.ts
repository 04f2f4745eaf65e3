import { openDataset } from '@uniad/datasets';
import { expand } from './expand.js';
import type { SweepSettings } from './expand.js';
import { curvesOf, summarize } from './results.js';
import type { RowResult } from './results.js';
import { sweep } from './sweep.js';
import type { SweepOptions } from './sweep.js';
import type { Table } from './table.js';
import { writeTables } from './write-tables.js';

/**
 * Runs every row of some tables and writes them beside the paper's figures into `out`: `tables.json`, `.md`, `.csv` and `.html`.
 *
 * A sweep that was interrupted goes on where it stopped; a row that fails is reported and stops nothing.
 *
 * @throws ConfigError for a row whose configuration cannot be
 */
export async function runTables(
  tables: readonly Table[],
  settings: SweepSettings,
  options: SweepOptions,
): Promise<RowResult[]> {
  const { categories } = settings.data.length === 0 ? { categories: [] } : await openDataset(settings.data);
  const rows = expand(
    tables,
    settings,
    categories.map(({ name }) => name),
  );
  const outcomes = await sweep(rows, options);
  const results = summarize(rows, outcomes);
  await writeTables(options.out, tables, results, curvesOf(rows, outcomes));
  return results;
}
