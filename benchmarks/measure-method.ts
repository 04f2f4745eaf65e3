import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { load, modelFileNames, openDataset, trainAndEvaluate } from '@uniad/core';
import type { ConfigOverrides, Evaluation, PresetName } from '@uniad/core';
import { auroc } from '@uniad/metrics';
import { median } from './figures.js';

/** One model for all categories, or one each (UniAD, section 4.1). */
export type Setting = 'unified' | 'separate';

export interface MethodOptions {
  readonly data: string;
  readonly cache: string;
  readonly preset: PresetName;
  /** In place of the preset's. */
  readonly epochs: number | undefined;
  readonly backbone: string;
  readonly weights: string | undefined;
  /** Settings in place of the preset's. */
  readonly config: ConfigOverrides;
  readonly setting: Setting;
  /** Training pictures of each category. */
  readonly pictures: number;
  readonly seed: number;
}

const figures = ['imageAuroc', 'pixelAuroc', 'aupro'] as const;

/** The figures that the table shows. */
export type Figures = Readonly<Record<(typeof figures)[number], number>>;

/** What came of one method with one seed. */
export interface MethodRun {
  readonly mean: Figures;
  /** Image AUROC of all pictures in one ranking. */
  readonly pooled: number;
  readonly categories: Readonly<Record<string, Figures>>;
  /** Of learning from kept features, all models together. */
  readonly minutes: number;
  /** A picture from its file to its map and score, alone: median. */
  readonly milliseconds: number;
  /** Of a model on disk, its backbone included. */
  readonly megabytes: number;
}

/** Of the training pictures, whatever the preset: all learn from the same ones. */
const HOLD_OUT = 0.1;

/** Pictures whose prediction is timed. */
const TIMED = 24;

/** Trains a method, one model or one a category, and measures it on the test pictures. */
export async function measureMethod(options: MethodOptions): Promise<MethodRun> {
  const dataset = await openDataset(options.data);
  const parts =
    options.setting === 'unified'
      ? [dataset]
      : dataset.categories.map((category) => ({ ...dataset, categories: [category] }));
  const runs: Awaited<ReturnType<typeof measureModel>>[] = [];
  for (const part of parts) runs.push(await measureModel(options, part));
  const categories = Object.fromEntries(
    runs.flatMap(({ evaluation }) =>
      Object.entries(evaluation.categories).map(([name, metrics]) => [name, pick((figure) => metrics[figure])]),
    ),
  );
  const each = Object.values(categories);
  const scored = runs.flatMap(({ evaluation }) => evaluation.scored);
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  return {
    mean: pick((figure) => mean(each.map((metrics) => metrics[figure]))),
    pooled: auroc(
      scored.map(({ score }) => score),
      scored.map(({ sample }) => sample.anomalous),
    ),
    categories,
    minutes: runs.reduce((sum, { minutes }) => sum + minutes, 0),
    milliseconds: median(runs.map(({ milliseconds }) => milliseconds)),
    megabytes: mean(runs.map(({ megabytes }) => megabytes)),
  };
}

function pick(valueOf: (figure: keyof Figures) => number): Figures {
  return Object.fromEntries(figures.map((figure) => [figure, valueOf(figure)])) as Record<keyof Figures, number>;
}

async function measureModel(
  { cache, preset, epochs, backbone, weights, config, pictures, seed }: MethodOptions,
  data: Awaited<ReturnType<typeof openDataset>>,
): Promise<{ evaluation: Evaluation; minutes: number; milliseconds: number; megabytes: number }> {
  const out = await mkdtemp(join(tmpdir(), 'uniad-methods-'));
  try {
    let featuresDone = performance.now();
    let fitted = featuresDone;
    const { evaluation } = await trainAndEvaluate(
      {
        data,
        out,
        preset,
        cache,
        trainPerCategory: pictures,
        holdOut: HOLD_OUT,
        config: { ...config, backbone: { ...config.backbone, name: backbone } },
        weights,
        training: { epochs, seed },
        checkpointEvery: 1000,
        onEvent: ({ type }) => {
          if (type === 'features' || type === 'pictures') featuresDone = performance.now();
          if (type === 'epoch' || type === 'fitting') fitted = performance.now();
        },
      },
      { onWarning: () => {} },
    );
    const sizes = await Promise.all(modelFileNames.map(async (name) => (await stat(join(out, name))).size));
    const paths = data.categories.flatMap(({ test }) => test.slice(0, TIMED)).map(({ path }) => path);
    return {
      evaluation,
      minutes: (fitted - featuresDone) / 60_000,
      milliseconds: await timePrediction(out, paths.slice(0, TIMED)),
      megabytes: sizes.reduce((sum, size) => sum + size, 0) / 1e6,
    };
  } finally {
    await rm(out, { recursive: true });
  }
}

async function timePrediction(model: string, paths: readonly string[]): Promise<number> {
  const inspector = await load(model);
  try {
    await inspector.predict(paths[0]!); // Compiles.
    const times: number[] = [];
    for (const path of paths) {
      const started = performance.now();
      await inspector.predict(path);
      times.push(performance.now() - started);
    }
    return median(times);
  } finally {
    inspector.dispose();
  }
}
