import { rocCurve } from '@uniad/metrics';
import type { ScoredSample } from './cases.js';
import { linearScale, path, round } from './chart.js';
import { formatAuroc, readable } from './format.js';
import { markup } from './markup.js';
import type { Markup } from './markup.js';

const SIDE = 240;
const [LEFT, RIGHT, TOP, BOTTOM] = [42, 232, 10, 208] as const;

/** The ROC curve of one category's picture scores as a figure, its point at the threshold marked. */
export function rocChart(category: string, scored: readonly ScoredSample[], auroc: number, threshold: number): Markup {
  const name = readable(category);
  if (Number.isNaN(auroc))
    return markup`<figure class="chart"><figcaption><b>${name}</b></figcaption><p class="none">No curve: the test pictures are all good or all defective.</p></figure>`;
  const labels = Uint8Array.from(scored, ({ sample }) => Number(sample.anomalous));
  const { falsePositiveRate, truePositiveRate } = rocCurve(
    Float32Array.from(scored, ({ score }) => score),
    labels,
  );
  const x = linearScale([0, 1], [LEFT, RIGHT]);
  const y = linearScale([0, 1], [BOTTOM, TOP]);
  const line = path(Array.from(falsePositiveRate, (rate, i) => [x(rate), y(truePositiveRate[i]!)] as const));
  const alarms = rateAbove(scored, threshold, false);
  const caught = rateAbove(scored, threshold, true);
  const percent = (rate: number) => `${Math.round(rate * 100)} %`;
  return markup`<figure class="chart">
<figcaption><b>${name}</b> <span>AUROC ${formatAuroc(auroc)}</span></figcaption>
<svg viewBox="0 0 ${SIDE} ${SIDE}" role="img" aria-label="ROC curve of ${name}: area ${formatAuroc(auroc)}; at the threshold ${percent(caught)} of the defects are caught with ${percent(alarms)} false alarms">
${[0, 0.5, 1].map((tick) => markup`<path class="grid" d="M${round(x(tick))} ${TOP}V${BOTTOM}M${LEFT} ${round(y(tick))}H${RIGHT}"/><text x="${round(x(tick))}" y="${BOTTOM + 14}" text-anchor="middle">${tick}</text><text x="${LEFT - 6}" y="${round(y(tick)) + 4}" text-anchor="end">${tick}</text>`)}
<path class="chance" d="M${LEFT} ${BOTTOM}L${RIGHT} ${TOP}"/>
<path class="area" d="${line}L${RIGHT} ${BOTTOM}Z"/>
<path class="curve" d="${line}"/>
<circle class="point" cx="${round(x(alarms))}" cy="${round(y(caught))}" r="5"><title>At the threshold: ${percent(caught)} caught, ${percent(alarms)} false alarms</title></circle>
<text x="${(LEFT + RIGHT) / 2}" y="${SIDE - 4}" text-anchor="middle">good parts called defective</text>
<text transform="translate(10 ${(TOP + BOTTOM) / 2}) rotate(-90)" text-anchor="middle">defects caught</text>
</svg></figure>`;
}

/** Share of the defective, or of the good, pictures that are called anomalous. */
function rateAbove(scored: readonly ScoredSample[], threshold: number, anomalous: boolean): number {
  const scores = scored.filter(({ sample }) => sample.anomalous === anomalous).map(({ score }) => score);
  return scores.filter((score) => score >= threshold).length / scores.length;
}
