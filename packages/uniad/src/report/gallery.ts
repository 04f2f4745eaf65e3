import type { HeatScale } from '../draw/colour-map.js';
import { formatScore, formatThreshold } from '../draw/format-score.js';
import { legend } from '../draw/legend.js';
import { markup } from '../draw/markup.js';
import type { Markup } from '../draw/markup.js';
import { isSet } from '../pipeline/no-threshold.js';
import { outcomeOf } from './cases.js';
import type { Case, Outcome } from './cases.js';
import type { Thumbnails } from './thumbnails.js';

/** A case with its pictures. */
export interface DrawnCase extends Case, Thumbnails {}

const VERDICTS: Readonly<Record<Outcome, { readonly sign: string; readonly words: string; readonly right: boolean }>> =
  {
    caught: { sign: '✓', words: 'defect caught', right: true },
    missed: { sign: '✗', words: 'defect missed', right: false },
    passed: { sign: '✓', words: 'passed as good', right: true },
    'false alarm': { sign: '✗', words: 'false alarm', right: false },
  };

/** Width of the colour bar, in pixels. */
const BAR = 300;

/** The cases of every category: picture, heat map, mask, score and verdict. */
export function gallery(cases: ReadonlyMap<string, readonly DrawnCase[]>, scale: HeatScale): Markup {
  const names = [...cases.keys()];
  return markup`<figure class="scale"><figcaption>heat map: colour by map value, outlined from the threshold on</figcaption>${legend(BAR, scale, 'currentColor')}</figure>
${names.length > 1 ? markup`<nav aria-label="Kinds">${names.map((name, i) => markup`<a href="#kind-${i}">${name}</a>`)}</nav>` : undefined}
${names.map((name, i) => {
  const shown = cases.get(name)!;
  const strongest = Math.max(
    ...shown.flatMap(({ score, threshold }) => (isSet(threshold) ? [score, threshold] : [score])),
  );
  return markup`<section class="kind" id="kind-${i}"><h3>${name}</h3><div class="cards">${shown.map((one) => card(one, strongest))}</div></section>`;
})}`;
}

function card(shown: DrawnCase, strongest: number): Markup {
  const { sample, score, threshold, role } = shown;
  const verdict = VERDICTS[outcomeOf(shown)];
  const { defect } = sample;
  const share = (value: number) => `${Math.max(0, Math.min(100, (100 * value) / strongest)).toFixed(1)}%`;
  const mask =
    shown.mask === undefined
      ? markup`<span class="nothing">${sample.anomalous ? 'nothing marked' : 'no defect'}</span>`
      : markup`<img src="${shown.mask}" alt="Mask: where the ${defect} is">`;
  return markup`<article class="card">
<header><h4>${role}</h4><span class="verdict ${verdict.right ? 'right' : 'wrong'}">${verdict.sign} ${verdict.words}</span></header>
<div class="pictures">
<figure><img src="${shown.picture}" alt="${sample.anomalous ? `Defective part: ${defect}` : 'Good part'}"><figcaption>${sample.anomalous ? defect : 'good part'}</figcaption></figure>
<figure><img src="${shown.heatMap}" alt="Heat map over the picture"><figcaption>heat map</figcaption></figure>
<figure><div class="mask">${mask}</div><figcaption>mask</figcaption></figure>
</div>
<div class="bar" aria-hidden="true"><i class="${sample.anomalous ? 'defective' : 'good'}" style="width:${share(score)}"></i>${isSet(threshold) ? markup`<b style="left:${share(threshold)}"></b>` : undefined}</div>
<p><span>score <strong>${formatScore(score)}</strong>, threshold ${formatThreshold(threshold)}</span> <span class="file">${sample.id}</span></p>
</article>`;
}
