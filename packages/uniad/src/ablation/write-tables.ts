import { join } from 'node:path';
import { stringify } from 'csv-stringify/sync';
import { writeAtomically } from '../files/write-atomically.js';
import { Markup, markup } from '../draw/markup.js';
import { chartAsPng, drawCurves } from './draw-curves.js';
import type { Curve, RowResult, Spread } from './results.js';
import type { Table } from './table.js';

const HEAD = ['', 'paper, detection', 'ours', 'paper, localization', 'ours', 'minutes'];

const figure = (value: number | null) => (value === null ? '–' : value.toFixed(3));

const spreadText = (value: Spread | null, error: string | null) => {
  if (value === null) return error === null ? '–' : 'failed';
  return value.std > 0 ? `${figure(value.mean)} ± ${value.std.toFixed(3)}` : figure(value.mean);
};

const COMPLEXITY_HEAD = ['', 'paper, FLOPs (G)', 'ours', 'paper, parameters (M)', 'ours'];

const complexityCells = ({ paper, ours }: NonNullable<RowResult['complexity']>) =>
  [paper.flops, ours.flops, paper.parameters, ours.parameters].map((value) => value.toFixed(2));

function cells({ row, paper, ours, seconds, error }: RowResult): string[] {
  return [
    row,
    figure(paper.detection),
    spreadText(ours.imageAuroc, error),
    figure(paper.localization),
    spreadText(ours.pixelAuroc, error),
    (seconds / 60).toFixed(1),
  ];
}

const titleOf = ({ id, title }: Table) => (/^[A-Z]?\d/.test(id) ? `Table ${id}: ${title}` : title);

/** Tables beside the paper's figures, for Markdown. */
export async function asMarkdown(tables: readonly Table[], results: readonly RowResult[]): Promise<string> {
  // An ES module alone: whoever requires this package loads it only here.
  const { markdownTable } = await import('markdown-table');
  return tables
    .map((table) => {
      const rows = results.filter((result) => result.table === table.id);
      const failures = rows.filter(({ error }) => error !== null).map(({ row, error }) => `- ${row}: ${error}`);
      const counted = rows.flatMap(({ row, complexity }) =>
        complexity ? [[row, ...complexityCells(complexity)]] : [],
      );
      if (counted.length > 0) return `## ${titleOf(table)}\n\n${markdownTable([COMPLEXITY_HEAD, ...counted])}\n`;
      const align = ['l', ...Array<string>(HEAD.length - 1).fill('r')];
      const body = markdownTable([HEAD, ...rows.map(cells)], { align });
      return `## ${titleOf(table)}\n\n${body}\n${failures.length > 0 ? `\n${failures.join('\n')}\n` : ''}`;
    })
    .join('\n');
}

function asCsv(results: readonly RowResult[]): string {
  return stringify(
    results.map(({ table, row, paper, ours, seconds, error }) => ({
      table,
      row,
      paper_detection: paper.detection,
      paper_localization: paper.localization,
      image_auroc_mean: ours.imageAuroc?.mean,
      image_auroc_std: ours.imageAuroc?.std,
      pixel_auroc_mean: ours.pixelAuroc?.mean,
      pixel_auroc_std: ours.pixelAuroc?.std,
      seconds,
      error,
    })),
    { header: true },
  );
}

const STYLE = `body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
table{border-collapse:collapse}th,td{padding:.25rem .75rem;border-bottom:1px solid #8884;text-align:right}
th:first-child,td:first-child{text-align:left}@media(prefers-color-scheme:dark){body{background:#111;color:#eee}}`;

function asHtml(tables: readonly Table[], results: readonly RowResult[], chart: Markup | undefined): string {
  const sections = tables.map((table) => {
    const rows = results.filter((result) => result.table === table.id);
    const isCounted = rows.some(({ complexity }) => complexity);
    const head = isCounted ? COMPLEXITY_HEAD : HEAD;
    const cellsOf = (row: RowResult) => (row.complexity ? [row.row, ...complexityCells(row.complexity)] : cells(row));
    return markup`<section><h2>${titleOf(table)}</h2><table>
<thead><tr>${head.map((name) => markup`<th scope="col">${name}</th>`)}</tr></thead>
<tbody>${rows.map((row) => markup`<tr>${cellsOf(row).map((cell) => markup`<td>${cell}</td>`)}</tr>`)}</tbody></table></section>`;
  });
  return markup`${new Markup('<!doctype html>')}
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>Ablations</title><style>${new Markup(STYLE)}</style></head>
<body><h1>Ablations</h1><p>AUROC, beside the paper's.</p>${sections}${chart}</body></html>
`.text;
}

/** Writes `tables.json`, `tables.md`, `tables.csv` and `tables.html` into a folder. */
export async function writeTables(
  folder: string,
  tables: readonly Table[],
  results: readonly RowResult[],
  curves: readonly Curve[],
): Promise<void> {
  const chart = await drawCurves(curves);
  await writeAtomically(join(folder, 'tables.json'), `${JSON.stringify(results, null, 2)}\n`);
  await writeAtomically(join(folder, 'tables.md'), await asMarkdown(tables, results));
  await writeAtomically(join(folder, 'tables.csv'), asCsv(results));
  if (chart) await writeAtomically(join(folder, 'curves.png'), await chartAsPng(chart));
  if (chart) await writeAtomically(join(folder, 'curves.json'), `${JSON.stringify(curves, null, 2)}\n`);
  await writeAtomically(join(folder, 'tables.html'), asHtml(tables, results, chart));
}
