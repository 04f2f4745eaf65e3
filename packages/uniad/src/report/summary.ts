import type { ModelConfig } from '../config.js';
import { formatScore } from '../draw/format-score.js';
import { markup } from '../draw/markup.js';
import type { Markup } from '../draw/markup.js';
import { backboneChannels } from '../pipeline/backbone-channels.js';
import type { Evaluation } from '../pipeline/evaluate.js';
import type { TrainedModel } from '../pipeline/model-files.js';
import type { TrainingRecord } from '../pipeline/record.js';
import { countOutcomes } from './cases.js';
import type { ScoredSample } from '../pipeline/evaluate.js';
import { formatAuroc, formatDate, formatDuration } from './format.js';

/** The figures that people look for first. */
export function headline({ mean, scored }: Evaluation): Markup {
  const { caught, missed, passed, 'false alarm': alarms } = countOutcomes(scored);
  const tile = (figure: string, meaning: string) => markup`<div><dd>${figure}</dd><dt>${meaning}</dt></div>`;
  return markup`<dl class="tiles">
${tile(formatAuroc(mean.imageAuroc), 'mean image AUROC')}
${tile(formatAuroc(mean.pixelAuroc), 'mean pixel AUROC')}
${tile(`${caught} of ${caught + missed}`, 'defects caught at the thresholds')}
${tile(`${alarms} of ${alarms + passed}`, 'good parts called defective')}
</dl>`;
}

/**
 * AUROC of every category, and what its threshold makes of it.
 *
 * @param untested categories that the model learned, but that have no test pictures
 */
export function resultTable(
  { categories, mean }: Evaluation,
  scored: ReadonlyMap<string, readonly ScoredSample[]>,
  kinds: TrainedModel['kinds'],
  untested: readonly string[],
): Markup {
  const thresholdCell = (name: string) => {
    const kind = kinds.find((one) => one.name === name);
    return kinds.length === 0
      ? undefined
      : markup`<td>${kind ? markup`<span title="${kind.source}">${formatScore(kind.threshold)}</span>` : '–'}</td>`;
  };
  const rows = Object.entries(categories).map(([name, { imageAuroc, pixelAuroc }]) => {
    const { caught, missed, passed, 'false alarm': alarms } = countOutcomes(scored.get(name) ?? []);
    return markup`<tr><th scope="row">${name}</th><td>${formatAuroc(imageAuroc)}</td><td>${formatAuroc(pixelAuroc)}</td>${thresholdCell(name)}<td>${caught}/${caught + missed}</td><td>${alarms}/${alarms + passed}</td></tr>`;
  });
  const without = untested.map(
    (name) =>
      markup`<tr><th scope="row">${name}</th><td colspan="${kinds.length === 0 ? 4 : 5}" class="none">no test pictures</td></tr>`,
  );
  const total = countOutcomes([...scored.values()].flat());
  return markup`<div class="scroll" tabindex="0" role="region" aria-label="Results by kind"><table>
<thead><tr><th scope="col">kind</th><th scope="col">image AUROC</th><th scope="col">pixel AUROC</th>${kinds.length === 0 ? undefined : markup`<th scope="col">threshold</th>`}<th scope="col">defects caught</th><th scope="col">false alarms</th></tr></thead>
<tbody>${rows}${without}</tbody>
<tfoot><tr><th scope="row">mean, total</th><td>${formatAuroc(mean.imageAuroc)}</td><td>${formatAuroc(mean.pixelAuroc)}</td>${kinds.length === 0 ? undefined : markup`<td></td>`}<td>${total.caught}/${total.caught + total.missed}</td><td>${total['false alarm']}/${total['false alarm'] + total.passed}</td></tr></tfoot>
</table></div>`;
}

/** When, with what and on which pictures the report was made. */
export interface Origin {
  readonly date: Date;
  /** Of @uniad/core. */
  readonly version: string;
  /** Folder of the test pictures; absent where it was not told. */
  readonly data: string | undefined;
}

/**
 * What was trained, on what, and how.
 *
 * @param training absent where the model's folder has no record of it
 */
export function modelFacts(
  { config, categories, parameters, threshold, kinds }: TrainedModel,
  training: TrainingRecord | undefined,
  { date, version, data }: Origin,
): Markup {
  const times = ([height, width]: readonly [number, number]) =>
    height === width ? `${height}²` : `${height} × ${width}`;
  const count = Object.values(parameters).reduce((sum, { data }) => sum + data.length, 0);
  const facts: [string, string][] = [
    ['Kinds', categories.join(', ')],
    ['Backbone', `${config.backbone.name}, stages ${config.backbone.stages.join(', ')}, frozen`],
    [
      'Features',
      `${times(config.imageSize)} pixels to ${times(config.featureSize)} tokens of ${backboneChannels(config.backbone)} channels`,
    ],
    ['Model', `${networkOf(config)}, ${(count / 1e6).toFixed(1)} million numbers`],
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
  facts.push([
    'Threshold',
    kinds.length > 0 ? `of each kind: ${kinds[0]!.source}` : `${formatScore(threshold.score)}: ${threshold.source}`,
  ]);
  if (data !== undefined) facts.push(['Test data', data]);
  facts.push(['Report', `${formatDate(date)}, @uniad/core ${version}`]);
  return markup`<dl class="facts">${facts.map(([name, value]) => markup`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

function networkOf(config: ModelConfig): string {
  if (config.method !== 'reconstruction') return config.method;
  const { reconstruction, whiten, hiddenDim, encoderLayers, decoderLayers } = config;
  const layers = reconstruction === 'cnn' ? '' : `, ${encoderLayers} + ${decoderLayers} layers`;
  return `${reconstruction}, width ${hiddenDim}${layers}${whiten ? ', of whitened features' : ''}`;
}
