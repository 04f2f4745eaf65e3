import type { Figures, MethodRun } from './measure-method.js';

/** Rows of a Markdown table: means over the seeds and, where there are several, their deviation. */
export function methodTable(
  groups: readonly { readonly title: string; readonly runs: readonly MethodRun[] }[],
): string {
  const names = Object.keys(groups[0]!.runs[0]!.categories);
  const heads = ['image / pixel AUROC / AUPRO', 'one ranking', ...names, 'minutes', 'ms a picture', 'MB'];
  const lines = groups.map(({ title, runs }) => {
    const three = (of: (run: MethodRun) => Figures) =>
      (['imageAuroc', 'pixelAuroc', 'aupro'] as const)
        .map((figure) =>
          show(
            runs.map((run) => of(run)[figure]),
            3,
          ),
        )
        .join(' / ');
    const one = (of: (run: MethodRun) => number, digits: number) => show(runs.map(of), digits);
    return [
      `${title} (${runs.length})`,
      three(({ mean }) => mean),
      one(({ pooled }) => pooled, 3),
      ...names.map((name) => three(({ categories }) => categories[name]!)),
      mean(runs.map(({ minutes }) => minutes)).toFixed(1),
      mean(runs.map(({ milliseconds }) => milliseconds)).toFixed(0),
      mean(runs.map(({ megabytes }) => megabytes)).toFixed(1),
    ];
  });
  const rule = ['', ...heads].map(() => '---');
  return [['method (seeds)', ...heads], rule, ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

function show(values: readonly number[], digits: number): string {
  const center = mean(values);
  if (values.length < 2) return center.toFixed(digits);
  const squares = values.reduce((sum, value) => sum + (value - center) ** 2, 0);
  const deviation = Math.sqrt(squares / (values.length - 1));
  return `${center.toFixed(digits)} ± ${deviation.toFixed(digits)}`;
}
