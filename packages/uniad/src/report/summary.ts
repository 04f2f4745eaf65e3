import type { ModelConfig } from '../config.js';
import { formatScore } from '../draw/format-score.js';
import { markup } from '../draw/markup.js';
import type { Markup } from '../draw/markup.js';
import { backboneChannels } from '../pipeline/backbones.js';
import type { BackbonesConfig } from '../pipeline/backbones.js';
import type { Evaluation } from '../pipeline/evaluate.js';
import type { TrainedModel } from '../pipeline/model-files.js';
import type { TrainingRecord } from '../pipeline/record.js';
import { isSet } from '../pipeline/no-threshold.js';
import { countOutcomes } from './cases.js';
import { formatMetric, formatDate, formatDuration } from './format.js';

/** The figures that people look for first. */
export function headline({ mean, scored }: Evaluation): Markup {
  const { caught, missed, passed, 'false alarm': alarms } = countOutcomes(scored);
  const unset = scored.length > 0 && !scored.some(({ threshold }) => isSet(threshold));
  const tile = (figure: string, meaning: string) => markup`<div><dd>${figure}</dd><dt>${meaning}</dt></div>`;
  return markup`<dl class="tiles">
${tile(formatMetric(mean.imageAuroc), 'mean image AUROC')}
${tile(formatMetric(mean.pixelAuroc), 'mean pixel AUROC')}
${tile(`${caught} of ${caught + missed}`, 'defects caught at the thresholds')}
${tile(`${alarms} of ${alarms + passed}`, 'good parts called defective')}
</dl>
${unset ? markup`<p class="lead">No threshold is set, so nothing is called anomalous: <code>uniad calibrate</code> sets one.</p>` : undefined}`;
}

/** When, with what and on which pictures the report was made. */
export interface Origin {
  readonly date: Date;
  /** Of @uniad/core. */
  readonly version: string;
  /** Folder of the test pictures; absent where it was not told. */
  readonly data: string | undefined;
}

function backbonesOf(config: ModelConfig): string {
  const { backbone, beside }: BackbonesConfig = config;
  const parts = [backbone, ...(beside ? [beside] : [])];
  return `${parts.map(({ name, stages }) => `${name}, stages ${stages.join(', ')}`).join(', beside it ')}, frozen`;
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
    ['Kinds', categories.join(', ') || 'not known'],
    ['Backbone', backbonesOf(config)],
    [
      'Features',
      `${times(config.imageSize)} pixels to ${times(config.featureSize)} tokens of ${backboneChannels(config)} channels`,
    ],
    ['Model', `${networkOf(config)}, ${(count / 1e6).toFixed(1)} million numbers`],
  ];
  if (training) {
    const { options, device, pictures, heldOut, folds, seconds, data: learnedFrom, finished } = training;
    const thresholds = folds ? `${folds} parts held out in turn` : `${heldOut} held out`;
    if (learnedFrom !== undefined) facts.push(['Training data', learnedFrom]);
    facts.push(
      ['Pictures', `${pictures} good ones learned from, ${thresholds} for the threshold`],
      [
        'Training',
        `${options.epochs} epochs, batches of ${options.batchSize}, learning rate ${options.learningRate}, seed ${options.seed}`,
      ],
      ['Time', `${formatDuration(seconds)} on ${device}`],
    );
    if (finished !== undefined) facts.push(['Trained', formatDate(new Date(finished))]);
  }
  facts.push(['Threshold', thresholdFact(threshold, kinds)]);
  if (data !== undefined) facts.push(['Test data', data]);
  facts.push(['Report', `${formatDate(date)}, @uniad/core ${version}`]);
  return markup`<dl class="facts">${facts.map(([name, value]) => markup`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

function thresholdFact({ score, source }: TrainedModel['threshold'], kinds: TrainedModel['kinds']): string {
  if (kinds.length > 0) return `of each kind: ${kinds[0]!.source}`;
  return isSet(score) ? `${formatScore(score)}: ${source}` : source;
}

function networkOf(config: ModelConfig): string {
  if (config.method !== 'reconstruction') return config.method;
  const { reconstruction, whiten, hiddenDim, encoderLayers, decoderLayers } = config;
  const layers = reconstruction === 'cnn' ? '' : `, ${encoderLayers} + ${decoderLayers} layers`;
  return `${reconstruction}, width ${hiddenDim}${layers}${whiten ? ', of whitened features' : ''}`;
}
