import { join, resolve } from 'node:path';
import { FileSample, openDataset } from '@uniad/datasets';
import type { Sample } from '@uniad/datasets';
import Table from 'cli-table3';
import { Command } from 'commander';
import pc from 'picocolors';
import { deviceFor } from '../device/device.js';
import type { DeviceName } from '../device/device.js';
import { selectDevice } from '../device/select-device.js';
import { RunError } from '../errors.js';
import { Inputs, openOutputFolder } from '../files/outputs.js';
import { requirePlace } from '../files/require-place.js';
import { writeAtomically } from '../files/write-atomically.js';
import { heatScaleOf } from '../draw/colour-map.js';
import { drawComparison } from '../draw/comparison.js';
import { saySharedPictures, withoutUnreadable } from '../pipeline/check-data.js';
import type { Inspection } from '../pipeline/inspection.js';
import { evaluate, metricColumns } from '../pipeline/evaluate.js';
import type { Evaluation, Metrics } from '../pipeline/evaluate.js';
import { decodeOptions } from '../pipeline/feature-store.js';
import { withThreshold } from '../pipeline/set-by-hand.js';
import type { Progress } from '../pipeline/progress.js';
import { modelFileNames } from '../pipeline/model-files.js';
import type { TrainedModel } from '../pipeline/model-files.js';
import { isSet } from '../pipeline/no-threshold.js';
import { readModel } from '../pipeline/read-model.js';
import { readTrainingRecord } from '../pipeline/record.js';
import { SampleInspector } from '../pipeline/sample-inspector.js';
import { countOutcomes } from '../report/cases.js';
import { figuresAsJson, scoresAsCsv } from '../report/figures.js';
import { writeReport } from '../report/write-report.js';
import { counted } from './counted.js';
import { anyNumber, cacheOption, deviceOption, skipUnreadableOption } from './options.js';
import { ProgressView } from './progress.js';
import { runCommand } from './run-command.js';
import { uniqueNames } from './unique-names.js';

interface EvalFlags {
  model: string;
  data: string[];
  json?: string;
  csv?: string;
  heatmaps?: string;
  report?: string;
  threshold?: number;
  skipUnreadable?: boolean;
  device: DeviceName | 'auto';
  cache?: string;
}

/** `uniad eval` */
export function evalCommand(): Command {
  return new Command('eval')
    .description(
      "Measure a model on a folder's test pictures: how well it tells and finds defects, a kind and on average",
    )
    .requiredOption('--model <run>', 'folder that `uniad train` wrote')
    .requiredOption('--data <dir...>', 'labelled pictures; several folders are joined')
    .option('--json <file>', 'write the figures and the score of every picture as JSON')
    .option('--csv <file>', 'write the score of every picture as CSV')
    .option('--heatmaps <dir>', 'write picture, heat map and mask side by side for every test picture')
    .option('--report <dir>', 'write report.html: figures, curves and a gallery in one file')
    .option('--threshold <x>', "call pictures anomalous from this score on, in place of the model's", anyNumber)
    .addOption(skipUnreadableOption())
    .addOption(deviceOption())
    .addOption(cacheOption())
    .addHelpText('after', '\nExample:\n  $ uniad eval --model run --data parts --json metrics.json --report report')
    .action((flags: EvalFlags) => runCommand((signal) => runEval(flags, signal)));
}

async function runEval(flags: EvalFlags, signal: AbortSignal): Promise<void> {
  const { heatmaps } = flags;
  const view = new ProgressView();
  await requirePlace('file', flags.json);
  await requirePlace('file', flags.csv);
  await requirePlace('folder', heatmaps);
  await requirePlace('folder', flags.report);
  if (flags.json !== undefined && flags.csv !== undefined && resolve(flags.json) === resolve(flags.csv))
    throw new RunError(`Expected two files for --json and --csv but received ${flags.json} for both`);
  const found = await openDataset(flags.data, view.opening(flags.cache, signal));
  view.sayFound(found);
  view.warnOfLeftOut(found);
  const shared = await saySharedPictures(found, signal);
  if (shared !== undefined) view.print(`warning: ${shared}`);
  const onProgress = ({ done, total }: Progress) => view.update('checked', done, total);
  const { dataset, unreadable } = flags.skipUnreadable
    ? await withoutUnreadable(found, { splits: ['test'], onProgress, signal })
    : { dataset: found, unreadable: [] };
  const samples = dataset.categories.flatMap(({ test }) => test);
  if (samples.length === 0) {
    throw new RunError(
      `Expected test pictures in ${flags.data.join(', ')}, at CATEGORY/test/good and CATEGORY/test/DEFECT, but found good pictures to learn from alone`,
    );
  }
  const names = uniqueNames(samples.map(({ id }) => id));
  const targets = new Map(samples.map((sample, i) => [sample, join(heatmaps ?? '', `${names[i]!}.png`)]));
  const read = await new Inputs().add(
    dataset.categories.flatMap(({ train, test }) => [...train, ...test]).flatMap(filesOf),
  );
  await read.add(modelFileNames.map((name) => join(flags.model, name)));
  await read.refuse([
    ...(heatmaps === undefined ? [] : targets.values()),
    ...(flags.json === undefined ? [] : [flags.json]),
    ...(flags.csv === undefined ? [] : [flags.csv]),
    ...(flags.report === undefined ? [] : [join(flags.report, 'report.html')]),
  ]);
  const model = withThreshold(await readModel(flags.model), flags.threshold);
  const device = await selectDevice(flags.device);
  view.print(deviceFor(device, model).reason);
  if (heatmaps !== undefined) await openOutputFolder(heatmaps, flags.data);
  const inspector = new SampleInspector(model, device, flags.cache);
  try {
    const draw = async (sample: Sample, { map, threshold }: Inspection, mask: Uint8Array | undefined) => {
      const picture = await sample.picture(decodeOptions(model.input));
      const comparison = await drawComparison(
        picture,
        map,
        mask,
        model.config.imageSize,
        heatScaleOf(model, threshold),
      );
      await writeAtomically(targets.get(sample)!, comparison);
    };
    const evaluation = await evaluate(inspector, dataset, {
      signal,
      onProgress: ({ done, total }) => view.update('inspected', done, total),
      onFeatures: ({ category, done, total }) => view.update(`features of ${category}`, done, total),
      onWarning: (message) => view.print(`warning: ${message}`),
      ...(heatmaps !== undefined && { onInspection: draw }),
    });
    view.stop();
    console.log(table(evaluation));
    console.log(verdicts(evaluation, model));
    if (flags.json !== undefined) await writeAtomically(flags.json, figuresAsJson(evaluation, model));
    if (flags.csv !== undefined) await writeAtomically(flags.csv, scoresAsCsv(evaluation));
    if (flags.report !== undefined) {
      const training = await readTrainingRecord(flags.model);
      const path = await writeReport(flags.report, {
        inspector,
        evaluation,
        training,
        data: flags.data.join(', '),
        signal,
      });
      console.log(`${pc.green('✔')} report in ${path}`);
    }
    view.listUnreadable(unreadable);
  } finally {
    view.stop();
    inspector.dispose();
  }
}

/** A record inside a file is `FILE#INDEX`. */
const filesOf = (sample: Sample) =>
  sample instanceof FileSample ? [sample.path, ...sample.masks] : [sample.path.replace(/#\d+$/, '')];

/** What the thresholds make of the scores. */
function verdicts({ scored }: Evaluation, { kinds, threshold }: TrainedModel): string {
  if (kinds.length === 0 && !isSet(threshold.score))
    return 'no threshold is set, so nothing is called anomalous: `uniad calibrate` sets one';
  const { caught, missed, passed, 'false alarm': alarms } = countOutcomes(scored);
  const unlike = kinds.length === 0 ? 0 : scored.filter(({ category }) => category === null).length;
  const at = kinds.length > 1 ? 'at the thresholds of their kinds' : 'at the threshold';
  const apart = unlike === 0 ? '' : `; ${counted(unlike, 'picture')} unlike anything learned`;
  return `${at}: ${missed} of ${counted(caught + missed, 'defect')} missed, ${alarms} of ${passed + alarms} good ones called anomalous${apart}`;
}

/** Columns of the table on a terminal; the JSON has all. */
const SHOWN: readonly (keyof Metrics)[] = ['imageAuroc', 'pixelAuroc', 'aupro'];

function table({ categories, mean, pooled }: Evaluation): string {
  const columns = metricColumns.filter(({ name }) => SHOWN.includes(name));
  const view = new Table({
    head: ['', ...columns.map(({ title }) => title.replace(' ', '\n')), 'images', 'anom.'],
    colAligns: ['left', ...columns.map(() => 'right' as const), 'right', 'right'],
    style: { head: [], border: [], 'padding-left': 1, 'padding-right': 1 }, // Plain where the output goes into a file.
  });
  const figures = (metrics: Metrics) => columns.map(({ name }) => metrics[name].toFixed(4));
  for (const [name, metrics] of Object.entries(categories)) {
    view.push([name, ...figures(metrics), metrics.images, metrics.anomalous]);
  }
  view.push(['mean', ...figures(mean), '', '']);
  if (Object.keys(categories).length > 1) view.push(['in one ranking', ...figures(pooled), '', '']);
  return view.toString();
}
