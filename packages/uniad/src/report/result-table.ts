import type { Interval } from '@uniad/metrics';
import { formatScore } from '../draw/format-score.js';
import { markup } from '../draw/markup.js';
import type { Markup } from '../draw/markup.js';
import { imageAurocInterval } from '../pipeline/confidence.js';
import { metricColumns } from '../pipeline/evaluate.js';
import type { Evaluation, Metrics, ScoredSample } from '../pipeline/evaluate.js';
import { kindsOf } from '../pipeline/kinds.js';
import type { TrainedModel } from '../pipeline/model-files.js';
import { countOutcomes } from './cases.js';
import { formatMetric } from './format.js';

/**
 * Every metric of every category, and what its threshold makes of it.
 *
 * @param untested categories that the model learned, but that have no test pictures
 */
export function resultTable(
  { categories, mean, pooled, scored: all }: Evaluation,
  scored: ReadonlyMap<string, readonly ScoredSample[]>,
  kinds: TrainedModel['kinds'],
  untested: readonly string[],
): Markup {
  const thresholdOf = (name: string) => {
    const own = kindsOf(name, kinds);
    const scores = own.map(({ name, threshold, source }) => {
      return markup`<span title="${own.length > 1 ? `${name}: ${source}` : source}">${formatScore(threshold)}</span> `;
    });
    return own.length > 0 ? markup`${scores}` : '–';
  };
  const counts = (group: readonly ScoredSample[]) => {
    const { caught, missed, passed, 'false alarm': alarms } = countOutcomes(group);
    return markup`<td>${caught}/${caught + missed}</td><td>${alarms}/${alarms + passed}</td>`;
  };
  const thresholdCell = (content: string | Markup) => (kinds.length === 0 ? undefined : markup`<td>${content}</td>`);
  const rows = Object.entries(categories).map(([name, metrics]) => {
    const group = scored.get(name) ?? [];
    const { withoutMask } = metrics;
    const note = withoutMask > 0 ? markup`<small>${withoutMask} without a mask</small>` : undefined;
    return markup`<tr><th scope="row">${name}${note}</th>${figures(metrics, imageAurocInterval(group))}${thresholdCell(thresholdOf(name))}${counts(group)}</tr>`;
  });
  const width = metricColumns.length + (kinds.length === 0 ? 2 : 3);
  const without = untested.map(
    (name) => markup`<tr><th scope="row">${name}</th><td colspan="${width}" class="none">no test pictures</td></tr>`,
  );
  const heads = metricColumns.map(({ title }) => markup`<th scope="col">${title}</th>`);
  const inOneRanking =
    Object.keys(categories).length > 1
      ? markup`<tr><th scope="row">in one ranking</th>${figures(pooled, imageAurocInterval(all))}${thresholdCell('')}<td></td><td></td></tr>`
      : undefined;
  return markup`<div class="scroll" tabindex="0" role="region" aria-label="Results by kind"><table class="figures">
<thead><tr><th scope="col">kind</th>${heads}${kinds.length === 0 ? undefined : markup`<th scope="col">threshold</th>`}<th scope="col">defects caught</th><th scope="col">false alarms</th></tr></thead>
<tbody>${rows}${without}</tbody>
<tfoot><tr><th scope="row">mean, total</th>${figures(mean)}${thresholdCell('')}${counts(all)}</tr>${inOneRanking}</tfoot>
</table></div>`;
}

/** Cells of all metrics; the interval, where it is one, stands below the image AUROC. */
function figures(metrics: Metrics, { low, high }: Interval = { low: NaN, high: NaN }): Markup[] {
  const interval = low < high ? markup`<small>${formatMetric(low)}–${formatMetric(high)}</small>` : undefined;
  return metricColumns.map(({ name }) => {
    return markup`<td>${formatMetric(metrics[name])}${name === 'imageAuroc' ? interval : undefined}</td>`;
  });
}
