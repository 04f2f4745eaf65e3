import { auroc } from '@uniad/metrics';
import { formatScore } from '../draw/format-score.js';
import { markup } from '../draw/markup.js';
import type { Markup } from '../draw/markup.js';
import { countOutcomes } from './cases.js';
import type { ScoredSample } from '../pipeline/evaluate.js';
import { formatMetric } from './format.js';

/** How well every kind of defect was told and how many were caught, those of each category from the least caught to the most. */
export function defectTable(scored: ReadonlyMap<string, readonly ScoredSample[]>): Markup {
  const groups = [...scored].map(([category, all]) => {
    const good = all.filter(({ sample }) => !sample.anomalous);
    const byDefect = new Map<string, ScoredSample[]>();
    for (const one of all) {
      const { anomalous, defect } = one.sample;
      if (anomalous) byDefect.set(defect, [...(byDefect.get(defect) ?? []), one]);
    }
    const rows = [...byDefect]
      .map(([defect, group]) => ({
        defect,
        group,
        caught: countOutcomes(group).caught,
        told: aurocOf([...good, ...group]),
      }))
      .sort((a, b) => a.caught / a.group.length - b.caught / b.group.length || a.defect.localeCompare(b.defect));
    return { category, rows };
  });
  return markup`<div class="scroll" tabindex="0" role="region" aria-label="Results by kind of defect"><table>
<thead><tr><th scope="col">kind</th><th scope="col" class="name">defect</th><th scope="col">image AUROC</th><th scope="col">caught</th><th scope="col">lowest score</th></tr></thead>
${groups
  .filter(({ rows }) => rows.length > 0)
  .map(
    ({ category, rows }) =>
      markup`<tbody>${rows.map(({ defect, group, caught, told }, i) => markup`<tr>${i === 0 ? markup`<th scope="rowgroup" rowspan="${rows.length}">${category}</th>` : undefined}<th scope="row">${defect}</th><td>${formatMetric(told)}</td><td class="${caught < group.length ? 'wrong' : 'right'}">${caught}/${group.length}</td><td>${formatScore(Math.min(...group.map(({ score }) => score)))}</td></tr>`)}</tbody>`,
  )}
</table></div>`;
}

function aurocOf(scored: readonly ScoredSample[]): number {
  const scores = scored.map(({ score }) => score);
  const labels = scored.map(({ sample }) => sample.anomalous);
  return auroc(scores, labels, { onWarning: () => {} });
}
