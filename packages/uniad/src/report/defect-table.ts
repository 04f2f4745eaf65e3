import { formatScore } from '../draw/format-score.js';
import { markup } from '../draw/markup.js';
import type { Markup } from '../draw/markup.js';
import { countOutcomes } from './cases.js';
import type { ScoredSample } from '../pipeline/evaluate.js';

/** How many of every kind of defect were caught, the kinds of each category from the least caught to the most. */
export function defectTable(scored: ReadonlyMap<string, readonly ScoredSample[]>): Markup {
  const groups = [...scored].map(([category, all]) => {
    const byDefect = new Map<string, ScoredSample[]>();
    for (const one of all) {
      const { anomalous, defect } = one.sample;
      if (anomalous) byDefect.set(defect, [...(byDefect.get(defect) ?? []), one]);
    }
    const rows = [...byDefect]
      .map(([defect, group]) => ({ defect, group, caught: countOutcomes(group).caught }))
      .sort((a, b) => a.caught / a.group.length - b.caught / b.group.length || a.defect.localeCompare(b.defect));
    return { category, rows };
  });
  return markup`<div class="scroll" tabindex="0" role="region" aria-label="Results by kind of defect"><table>
<thead><tr><th scope="col">kind</th><th scope="col" class="name">defect</th><th scope="col">caught</th><th scope="col">lowest score</th></tr></thead>
${groups
  .filter(({ rows }) => rows.length > 0)
  .map(
    ({ category, rows }) =>
      markup`<tbody>${rows.map(({ defect, group, caught }, i) => markup`<tr>${i === 0 ? markup`<th scope="rowgroup" rowspan="${rows.length}">${category}</th>` : undefined}<th scope="row">${defect}</th><td class="${caught < group.length ? 'wrong' : 'right'}">${caught}/${group.length}</td><td>${formatScore(Math.min(...group.map(({ score }) => score)))}</td></tr>`)}</tbody>`,
  )}
</table></div>`;
}
