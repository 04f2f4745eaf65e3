import { rocCurve } from '@uniad/metrics';
import { rocChart } from '../draw/chart.js';
import { markup } from '../draw/markup.js';
import type { Markup } from '../draw/markup.js';
import { countOutcomes } from './cases.js';
import type { ScoredSample } from '../pipeline/evaluate.js';
import { formatMetric, formatShare } from './format.js';

/** The ROC curve of one category's picture scores as a figure, its point at the thresholds marked. */
export async function rocFigure(name: string, scored: readonly ScoredSample[], auroc: number): Promise<Markup> {
  if (Number.isNaN(auroc))
    return markup`<figure class="chart"><figcaption><b>${name}</b></figcaption><p class="none">No curve: the test pictures are all good or all defective.</p></figure>`;
  const curve = rocCurve(
    Float32Array.from(scored, ({ score }) => score),
    Uint8Array.from(scored, ({ sample }) => Number(sample.anomalous)),
  );
  const { caught, missed, passed, 'false alarm': alarms } = countOutcomes(scored);
  const shares = [formatShare(caught, caught + missed), formatShare(alarms, alarms + passed)] as const;
  const chart = await rocChart({
    ...curve,
    point: {
      at: [alarms / (alarms + passed), caught / (caught + missed)],
      words: `At the threshold: ${shares[0]} caught, ${shares[1]} false alarms`,
    },
    label: `ROC curve of ${name}: area ${formatMetric(auroc)}; at the threshold ${shares[0]} of the defects are caught with ${shares[1]} false alarms`,
    colours: { curve: 'var(--good)', point: 'var(--defective)' },
  });
  return markup`<figure class="chart">
<figcaption><b>${name}</b> <span>AUROC ${formatMetric(auroc)}</span></figcaption>
${chart}</figure>`;
}
