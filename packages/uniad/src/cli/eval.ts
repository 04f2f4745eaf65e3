import { join } from 'node:path';
import { decodePicture, openDataset } from '@uniad/datasets';
import type { Sample } from '@uniad/datasets';
import Table from 'cli-table3';
import { Command } from 'commander';
import pc from 'picocolors';
import type { DeviceName } from '../device/device.js';
import { selectDevice } from '../device/select-device.js';
import { RunError } from '../errors.js';
import { requirePlace } from '../files/require-place.js';
import { writeAtomically } from '../files/write-atomically.js';
import { Detector } from '../inference/detector.js';
import type { Inspection } from '../inference/detector.js';
import { drawComparison } from '../inference/heat-map.js';
import { evaluate } from '../inference/evaluate.js';
import type { Evaluation } from '../inference/evaluate.js';
import { readModel } from '../inference/load.js';
import type { ScoredSample } from '../report/cases.js';
import { writeReport } from '../report/write-report.js';
import { FeatureStore } from '../training/feature-store.js';
import { readTrainingRecord } from '../training/record.js';
import { defaultCache } from '../training/train.js';
import { ProgressView } from './progress.js';
import { runCommand } from './run-command.js';
import { uniqueNames } from './unique-names.js';

interface EvalFlags {
  model: string;
  data: string;
  json?: string;
  heatmaps?: string;
  report?: string;
  device: DeviceName | 'auto';
  cache: string;
}

/** `uniad eval` */
export function evalCommand(): Command {
  return new Command('eval')
    .description(
      "Measure a model on a folder's test pictures: AUROC of pictures and of pixels, a category and on average",
    )
    .requiredOption('--model <run>', 'folder that `uniad train` wrote')
    .requiredOption('--data <dir>', 'pictures in MVTec layout')
    .option('--json <file>', 'write the figures as JSON')
    .option('--heatmaps <dir>', 'write picture, heat map and mask side by side for every test picture')
    .option('--report <dir>', 'write report.html: figures, curves and a gallery in one file')
    .option('--device <name>', 'auto, tensorflow, webgpu, onnxruntime, wasm or cpu', 'auto')
    .option('--cache <dir>', 'where features are kept; runs share it', defaultCache)
    .addHelpText('after', '\nExample:\n  $ uniad eval --model run --data parts --json metrics.json --report report')
    .action((flags: EvalFlags) => runCommand((signal) => runEval(flags, signal)));
}

async function runEval(flags: EvalFlags, signal: AbortSignal): Promise<void> {
  const view = new ProgressView();
  await requirePlace('file', flags.json);
  await requirePlace('folder', flags.heatmaps);
  await requirePlace('folder', flags.report);
  const dataset = await openDataset(flags.data);
  if (dataset.categories.every(({ test }) => test.length === 0)) {
    throw new RunError(
      `Expected test pictures in ${flags.data}, at CATEGORY/test/good and CATEGORY/test/DEFECT, but found good pictures to learn from alone`,
    );
  }
  const samples = dataset.categories.flatMap(({ test }) => test);
  const heatMapNames = new Map(uniqueNames(samples.map(({ id }) => id)).map((name, i) => [samples[i], name]));
  const model = await readModel(flags.model);
  const device = await selectDevice(flags.device);
  view.print(device.reason);
  const detector = new Detector(model, device.compile);
  try {
    const store = new FeatureStore(flags.cache, model.config, model.backbone, detector.extractor);
    const scored: ScoredSample[] = [];
    const onInspection = async (
      sample: Sample,
      { map, score }: Inspection,
      mask: Uint8Array,
      mapRange: readonly [number, number],
    ) => {
      scored.push({ sample, score });
      if (flags.heatmaps === undefined) return;
      const comparison = await drawComparison(
        await decodePicture(sample.path),
        map,
        mask,
        model.config.imageSize,
        mapRange,
      );
      await writeAtomically(join(flags.heatmaps, `${heatMapNames.get(sample)!}.png`), comparison);
    };
    const evaluation = await evaluate(detector, dataset, store, {
      signal,
      onProgress: ({ done, total }) => view.update('inspected', done, total),
      onFeatures: ({ category, done, total }) => view.update(`features of ${category}`, done, total),
      onWarning: (message) => view.print(`warning: ${message}`),
      onInspection,
    });
    view.stop();
    console.log(table(evaluation));
    if (flags.json !== undefined) await writeAtomically(flags.json, `${JSON.stringify(evaluation, null, 2)}\n`);
    if (flags.report !== undefined) {
      const training = await readTrainingRecord(flags.model);
      const path = await writeReport(flags.report, { detector, store, evaluation, scored, training, signal });
      console.log(`${pc.green('✔')} report in ${path}`);
    }
  } finally {
    view.stop();
    detector.dispose();
  }
}

function table({ categories, mean }: Evaluation): string {
  const view = new Table({
    head: ['category', 'image AUROC', 'pixel AUROC', 'images', 'anomalous'],
    colAligns: ['left', 'right', 'right', 'right', 'right'],
    style: { head: [], border: [] }, // Plain where the output goes into a file.
  });
  for (const [name, { imageAuroc, pixelAuroc, images, anomalous }] of Object.entries(categories)) {
    view.push([name, imageAuroc.toFixed(4), pixelAuroc.toFixed(4), images, anomalous]);
  }
  view.push(['mean', mean.imageAuroc.toFixed(4), mean.pixelAuroc.toFixed(4), '', '']);
  return view.toString();
}
