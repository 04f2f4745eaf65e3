import { join } from 'node:path';
import { version } from '../../package.json';
import { heatScaleOf } from '../draw/colour-map.js';
import type { HeatScale } from '../draw/colour-map.js';
import { writeAtomically } from '../files/write-atomically.js';
import type { Markup } from '../draw/markup.js';
import type { Evaluation } from '../pipeline/evaluate.js';
import { decodeOptions } from '../pipeline/feature-store.js';
import { kindsOf } from '../pipeline/kinds.js';
import type { TrainedModel } from '../pipeline/model-files.js';
import type { TrainingRecord } from '../pipeline/record.js';
import type { SampleInspector } from '../pipeline/sample-inspector.js';
import { chooseCases } from './cases.js';
import type { Case } from './cases.js';
import { defectTable } from './defect-table.js';
import { formatDate } from './format.js';
import { gallery } from './gallery.js';
import type { DrawnCase } from './gallery.js';
import { page } from './page.js';
import { resultTable } from './result-table.js';
import { rocFigure } from './roc-chart.js';
import { scoreFigure, scoreRange } from './score-chart.js';
import { headline, modelFacts } from './summary.js';
import { drawThumbnails } from './thumbnails.js';

/** Longer side of a picture in the gallery; smaller where there are many, so that a report stays a few megabytes. */
const [SIDE, SMALL_SIDE, MANY] = [224, 144, 120] as const;

/** What a report tells of. */
export interface ReportOptions {
  /** What was evaluated: the shown pictures are inspected once more. */
  readonly inspector: Pick<SampleInspector, 'model' | 'inspect'>;
  readonly evaluation: Evaluation;
  readonly training?: TrainingRecord | undefined;
  /** Folder of the test pictures, to be told. */
  readonly data?: string | undefined;
  /** When it was measured; now by default. */
  readonly date?: Date | undefined;
  readonly signal?: AbortSignal;
}

/**
 * Writes what an evaluation found as `report.html`, one file that needs no network: every metric by category with
 * the confidence of image AUROC, what was caught of each kind of defect, ROC curves, score distributions, and the best, typical and worst pictures with heat map and mask.
 *
 * @returns its path
 */
export async function writeReport(
  folder: string,
  { inspector, evaluation, training, data, date = new Date(), signal }: ReportOptions,
): Promise<string> {
  const { model } = inspector;
  const { scored } = evaluation;
  const thresholdsOf = (name: string) => {
    const own = kindsOf(name, model.kinds).map(({ threshold }) => threshold);
    return own.length > 0 ? own : [model.threshold.score];
  };
  const groups = new Map(
    Object.keys(evaluation.categories).map((name) => [name, scored.filter(({ sample }) => sample.category === name)]),
  );
  const chosen = new Map([...groups].map(([name, group]) => [name, chooseCases(group)]));
  const side = [...chosen.values()].flat().length > MANY ? SMALL_SIDE : SIDE;
  const drawn = new Map<string, DrawnCase[]>();
  for (const [name, cases] of chosen) {
    signal?.throwIfAborted();
    drawn.set(name, await draw(cases, inspector, side));
  }
  const range = scoreRange(scored);
  const untested = model.categories.filter((name) => !groups.has(name));
  const figures = { curves: [] as Markup[], scores: [] as Markup[] };
  for (const [name, group] of groups) {
    const auroc = evaluation.categories[name]!.imageAuroc;
    figures.curves.push(await rocFigure(name, group, auroc));
    figures.scores.push(await scoreFigure(name, group, thresholdsOf(name), range));
  }
  const kinds = `${groups.size} ${groups.size === 1 ? 'kind' : 'kinds'}`;
  const html = page({
    title: 'Anomaly detection report',
    subtitle: `One model, ${kinds} of parts, ${scored.length} test pictures, ${formatDate(date)}`,
    headline: headline(evaluation),
    results: resultTable(evaluation, groups, model.kinds, untested),
    defects: scored.some(({ sample }) => sample.anomalous) ? defectTable(groups) : undefined,
    facts: modelFacts(model, training, { date, version, data }),
    ...figures,
    gallery: gallery(drawn, legendScaleOf(model)),
  });
  const path = join(folder, 'report.html');
  await writeAtomically(path, html);
  return path;
}

/** Where each kind has a threshold of its own, none belongs on the legend of all. */
function legendScaleOf(model: TrainedModel): HeatScale {
  const { range, ...line } = heatScaleOf(model);
  return model.kinds.length > 0 ? { range } : { range, ...line };
}

async function draw(cases: readonly Case[], inspector: ReportOptions['inspector'], side: number): Promise<DrawnCase[]> {
  const { model } = inspector;
  const { config, input } = model;
  const inspections = await inspector.inspect(cases.map(({ sample }) => sample));
  return Promise.all(
    cases.map(async (one, i) => {
      const source = {
        picture: await one.sample.picture(decodeOptions(input)),
        map: inspections[i]!.map,
        mask: await one.sample.mask(config.imageSize, { onWarning: () => {} }),
        mapSize: config.imageSize,
        scale: heatScaleOf(model, one.threshold),
      };
      return { ...one, ...(await drawThumbnails(source, side)) };
    }),
  );
}
