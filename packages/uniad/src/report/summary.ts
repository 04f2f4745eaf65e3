import type { Evaluation } from '../pipeline/evaluate.js';
import type { TrainedModel } from '../pipeline/model-files.js';
import type { TrainingRecord } from '../pipeline/record.js';
import { outcomeOf } from './cases.js';
import type { Outcome, ScoredSample } from './cases.js';
import { formatAuroc, formatDuration, formatScore, readable } from './format.js';
import { markup } from './markup.js';
import type { Markup } from './markup.js';

type Counts = Readonly<Record<Outcome, number>>;

function countOutcomes(scored: readonly ScoredSample[], threshold: number): Counts {
  const counts = { caught: 0, missed: 0, passed: 0, 'false alarm': 0 };
  for (const one of scored) counts[outcomeOf(one, threshold)]++;
  return counts;
}

/** The figures that people look for first. */
export function headline({ mean }: Evaluation, scored: readonly ScoredSample[], threshold: number): Markup {
  const { caught, missed, passed, 'false alarm': alarms } = countOutcomes(scored, threshold);
  const tile = (figure: string, meaning: string) => markup`<div><dd>${figure}</dd><dt>${meaning}</dt></div>`;
  return markup`<dl class="tiles">
${tile(formatAuroc(mean.imageAuroc), 'mean image AUROC')}
${tile(formatAuroc(mean.pixelAuroc), 'mean pixel AUROC')}
${tile(`${caught} of ${caught + missed}`, 'defects caught at the threshold')}
${tile(`${alarms} of ${alarms + passed}`, 'good parts called defective')}
</dl>`;
}

/** AUROC of every category, and what the threshold makes of it. */
export function resultTable(
  { categories, mean }: Evaluation,
  scored: ReadonlyMap<string, readonly ScoredSample[]>,
  threshold: number,
): Markup {
  const rows = Object.entries(categories).map(([name, { imageAuroc, pixelAuroc }]) => {
    const { caught, missed, passed, 'false alarm': alarms } = countOutcomes(scored.get(name) ?? [], threshold);
    return markup`<tr><th scope="row">${readable(name)}</th><td>${formatAuroc(imageAuroc)}</td><td>${formatAuroc(pixelAuroc)}</td><td>${caught}/${caught + missed}</td><td>${alarms}/${alarms + passed}</td></tr>`;
  });
  const total = countOutcomes([...scored.values()].flat(), threshold);
  return markup`<div class="scroll" tabindex="0" role="region" aria-label="Results by kind"><table>
<thead><tr><th scope="col">kind</th><th scope="col">image AUROC</th><th scope="col">pixel AUROC</th><th scope="col">defects caught</th><th scope="col">false alarms</th></tr></thead>
<tbody>${rows}</tbody>
<tfoot><tr><th scope="row">mean, total</th><td>${formatAuroc(mean.imageAuroc)}</td><td>${formatAuroc(mean.pixelAuroc)}</td><td>${total.caught}/${total.caught + total.missed}</td><td>${total['false alarm']}/${total['false alarm'] + total.passed}</td></tr></tfoot>
</table></div>`;
}

/**
 * What was trained, on what, and how.
 *
 * @param channels of the features
 * @param training absent where the model's folder has no record of it
 */
export function modelFacts(
  { config, categories, parameters, threshold }: TrainedModel,
  channels: number,
  training: TrainingRecord | undefined,
): Markup {
  const times = ([height, width]: readonly [number, number]) =>
    height === width ? `${height}²` : `${height} × ${width}`;
  const count = Object.values(parameters).reduce((sum, { data }) => sum + data.length, 0);
  const facts: [string, string][] = [
    ['Kinds', categories.map(readable).join(', ')],
    ['Backbone', `${config.backbone.name}, stages ${config.backbone.stages.join(', ')}, frozen`],
    [
      'Features',
      `${times(config.imageSize)} pixels to ${times(config.featureSize)} tokens of ${channels} channels${config.whiten ? ', whitened' : ''}`,
    ],
    [
      'Network',
      `width ${config.hiddenDim}, ${config.encoderLayers} + ${config.decoderLayers} layers, ${(count / 1e6).toFixed(1)} million parameters`,
    ],
  ];
  if (training) {
    const { options, device, pictures, heldOut, seconds } = training;
    facts.push(
      ['Pictures', `${pictures} good ones learned from, ${heldOut} held out for the threshold`],
      [
        'Training',
        `${options.epochs} epochs, batches of ${options.batchSize}, learning rate ${options.learningRate}, seed ${options.seed}`,
      ],
      ['Time', `${formatDuration(seconds)} on ${device}`],
    );
  }
  facts.push(['Threshold', `${formatScore(threshold.score)}: ${threshold.source}`]);
  return markup`<dl class="facts">${facts.map(([name, value]) => markup`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}
