import { Markup, markup } from '../draw/markup.js';
import { styleSheet } from './style.js';

/** Nothing from anywhere but this file, and nothing that runs: the browser holds the page to it. */
const POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'";

export interface PageParts {
  readonly title: string;
  readonly subtitle: string;
  readonly headline: Markup;
  readonly results: Markup;
  /** Absent where no test picture has a defect. */
  readonly defects: Markup | undefined;
  readonly facts: Markup;
  readonly curves: readonly Markup[];
  readonly scores: readonly Markup[];
  readonly gallery: Markup;
}

/** The whole report as one HTML document that needs no network and no script. */
export function page({
  title,
  subtitle,
  headline,
  results,
  defects,
  facts,
  curves,
  scores,
  gallery,
}: PageParts): string {
  return markup`${new Markup('<!doctype html>')}
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>${new Markup(styleSheet)}</style>
</head>
<body>
<header class="top"><h1>${title}</h1><p>${subtitle}</p></header>
<main>
${headline}
<section><h2>Results</h2>
<p class="lead">AUROC is 1 when every defective picture (or pixel) scores above every good one, and 0.5 when scores say nothing. AP, average precision, and F1, at its best threshold, weigh false alarms by how rare defects are; AUPRO counts every defect alike, however small. The range below an image AUROC covers 95 % of its values when the test pictures are drawn anew from themselves (bootstrap); where no scores overlap there is none.</p>
${results}</section>
${
  defects &&
  markup`<section><h2>Kinds of defect</h2>
<p class="lead">How many pictures of each were called anomalous at its kind’s threshold, and how well their scores alone tell them from the kind’s good parts.</p>
${defects}</section>`
}
<section><h2>The model</h2>
${facts}</section>
<section><h2>Scores</h2>
<p class="lead"><span class="key good">good parts</span> rise above the line, <span class="key defective">defective parts</span> hang below it. All kinds share one axis; the dashed line is the threshold of the kind, which a picture is known by from its features, not by its folder. Heights are relative to each chart’s tallest bar.</p>
<div class="charts wide">${scores}</div></section>
<section><h2>ROC curves</h2>
<p class="lead">How many defects are caught (upwards) at the price of how many false alarms (to the right). The dot is where the thresholds are.</p>
<div class="charts">${curves}</div></section>
<section><h2>Cases</h2>
<p class="lead">Best, typical and worst of every kind. Heat is where the picture differs from what the model expects of a good part; the mask is the truth.</p>
${gallery}</section>
</main>
</body>
</html>
`.text;
}
