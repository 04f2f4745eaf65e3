import { join } from 'node:path';
import { writeAtomically } from '../files/write-atomically.js';
import type { Detector } from '../pipeline/detector.js';
import type { Evaluation } from '../pipeline/evaluate.js';
import type { FeatureStore } from '../pipeline/feature-store.js';
import type { TrainingRecord } from '../pipeline/record.js';
import { chooseCases } from './cases.js';
import type { Case, ScoredSample } from './cases.js';
import { gallery } from './gallery.js';
import type { DrawnCase } from './gallery.js';
import { page } from './page.js';
import { rocChart } from './roc-chart.js';
import { scoreChart, scoreRange } from './score-chart.js';
import { headline, modelFacts, resultTable } from './summary.js';
import { drawThumbnails } from './thumbnails.js';

/** Longer side of a picture in the gallery; smaller where there are many, so that a report stays a few megabytes. */
const [SIDE, SMALL_SIDE, MANY] = [224, 144, 120] as const;

export interface ReportOptions {
  /** What was evaluated. */
  readonly detector: Pick<Detector, 'model' | 'inspectFeatures'> & {
    readonly extractor: Pick<Detector['extractor'], 'channels'>;
  };
  /** That was evaluated with: the shown pictures are inspected once more from their features. */
  readonly store: Pick<FeatureStore, 'read'>;
  readonly evaluation: Evaluation;
  /** Every test picture and its score, as `evaluate`'s `onInspection` tells them. */
  readonly scored: readonly ScoredSample[];
  readonly training?: TrainingRecord | undefined;
  readonly signal?: AbortSignal;
}

/**
 * Writes what an evaluation found as `report.html`, one file that needs no network: AUROC by category, ROC curves, score
 * distributions, and the best, typical and worst pictures with heat map and mask.
 *
 * @returns its path
 */
export async function writeReport(
  folder: string,
  { detector, store, evaluation, scored, training, signal }: ReportOptions,
): Promise<string> {
  const { model, extractor } = detector;
  const threshold = model.threshold.score;
  const groups = new Map(
    Object.keys(evaluation.categories).map((name) => [name, scored.filter(({ sample }) => sample.category === name)]),
  );
  const chosen = new Map([...groups].map(([name, group]) => [name, chooseCases(group)]));
  const side = [...chosen.values()].flat().length > MANY ? SMALL_SIDE : SIDE;
  const drawn = new Map<string, DrawnCase[]>();
  for (const [name, cases] of chosen) {
    signal?.throwIfAborted();
    drawn.set(name, await draw(cases, { detector, store }, side));
  }
  const range = scoreRange(scored, threshold);
  const kinds = `${groups.size} ${groups.size === 1 ? 'kind' : 'kinds'}`;
  const html = page({
    title: 'Anomaly detection report',
    subtitle: `One model, ${kinds} of parts, ${scored.length} test pictures`,
    headline: headline(evaluation, scored, threshold),
    results: resultTable(evaluation, groups, threshold),
    facts: modelFacts(model, extractor.channels, training),
    curves: [...groups].map(([name, group]) =>
      rocChart(name, group, evaluation.categories[name]!.imageAuroc, threshold),
    ),
    scores: [...groups].map(([name, group]) => scoreChart(name, group, threshold, range)),
    gallery: gallery(drawn, threshold),
  });
  const path = join(folder, 'report.html');
  await writeAtomically(path, html);
  return path;
}

async function draw(
  cases: readonly Case[],
  { detector, store }: Pick<ReportOptions, 'detector' | 'store'>,
  side: number,
): Promise<DrawnCase[]> {
  const { config, threshold } = detector.model;
  const inspections = await detector.inspectFeatures(
    await Promise.all(cases.map(({ sample }) => store.read(sample.path))),
  );
  return Promise.all(
    cases.map(async (one, i) => {
      const mask =
        (await one.sample.mask(config.imageSize)) ?? new Uint8Array(config.imageSize[0] * config.imageSize[1]);
      const source = {
        path: one.sample.path,
        map: inspections[i]!.map,
        mask,
        mapSize: config.imageSize,
        mapRange: threshold.mapRange,
      };
      return { ...one, ...(await drawThumbnails(source, side)) };
    }),
  );
}
