import { stat } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { listPictures } from '@uniad/datasets';
import { Command } from 'commander';
import type { DeviceName } from '../device/device.js';
import { RunError } from '../errors.js';
import { Inputs, openOutputFolder } from '../files/outputs.js';
import { requirePlace } from '../files/require-place.js';
import { writeAtomically } from '../files/write-atomically.js';
import { load } from '../pipeline/inspector.js';
import { modelFileNames } from '../pipeline/model-files.js';
import { isSet } from '../pipeline/no-threshold.js';
import { anyNumber, deviceOption, positiveNumber } from './options.js';
import { sayLeftOut } from '../pipeline/say-left-out.js';
import { counted } from './counted.js';
import { inspectPicture, inWords } from './inspect-picture.js';
import type { PredictionRecord } from './inspect-picture.js';
import { runCommand } from './run-command.js';
import { uniqueNames } from './unique-names.js';

interface PredictFlags {
  model: string;
  out?: string;
  json?: string;
  threshold?: number;
  rawMaps?: boolean;
  failOnAnomaly?: boolean;
  maxMegapixels: number;
  device: DeviceName | 'auto';
}

/** The exit code where `--fail-on-anomaly` found one. */
const ANOMALY = 2;

/** `uniad predict` */
export function predictCommand(): Command {
  return new Command('predict')
    .description('Say which pictures are anomalous, and where')
    .argument('<image|dir...>', 'pictures, or folders of them')
    .requiredOption('--model <run>', 'folder that `uniad train` wrote')
    .option('--out <dir>', 'write a heat map of every picture')
    .option('--raw-maps', "write every map's own values too, beside the heat map: 32-bit floating point TIFF")
    .option('--json <file>', 'write the findings as JSON')
    .option('--threshold <x>', "call pictures anomalous from this score on, in place of the model's", anyNumber)
    .option('--fail-on-anomaly', `exit with code ${ANOMALY} when a picture is anomalous`)
    .option('--max-megapixels <n>', 'refuse larger pictures', positiveNumber, 100)
    .addOption(deviceOption())
    .addHelpText(
      'after',
      '\nExamples:\n  $ uniad predict --model run part.jpg\n  $ uniad predict --model run incoming/ --out heat --json findings.json',
    )
    .action((inputs: string[], flags: PredictFlags) => runCommand((signal) => runPredict(inputs, flags, signal)));
}

interface Picture {
  readonly path: string;
  /** Below the output folder, without extension. */
  readonly name: string;
}

async function runPredict(inputs: string[], flags: PredictFlags, signal: AbortSignal): Promise<void> {
  const { out, json } = flags;
  if (flags.rawMaps && out === undefined) throw new RunError('Expected --out, a folder for the raw maps');
  await requirePlace('file', json);
  const pictures = await findPictures(inputs);
  const targets = out === undefined ? [] : pictures.map(({ name }) => join(out, name));
  const read = await new Inputs().add(pictures.map(({ path }) => path));
  await read.add(modelFileNames.map((name) => join(flags.model, name)));
  const heatMaps = targets.map((target) => `${target}.png`);
  const rawMaps = flags.rawMaps ? targets.map((target) => `${target}.tiff`) : [];
  await read.refuse([...heatMaps, ...rawMaps, ...(json === undefined ? [] : [json])]);
  const limits = { maxPixels: Math.floor(flags.maxMegapixels * 1e6) };
  const inspector = await load(flags.model, { device: flags.device, threshold: flags.threshold, limits });
  console.error(inspector.device.reason);
  if (out !== undefined) await openOutputFolder(out, inputs);
  const records: PredictionRecord[] = [];
  try {
    for (const [i, { path }] of pictures.entries()) {
      signal.throwIfAborted();
      const record = await inspectPicture(inspector, path, { heatMap: heatMaps[i], rawMap: rawMaps[i] });
      console.log(inWords(record));
      records.push(record);
    }
  } finally {
    inspector.dispose();
    // What was found is kept, even where the rest was interrupted.
    if (json !== undefined) await writeAtomically(json, `${JSON.stringify(records, null, 2)}\n`);
  }
  const found = records.filter((record) => 'anomalous' in record && record.anomalous).length;
  const inspected = records.filter((record) => 'anomalous' in record).length;
  const { kinds, threshold } = inspector.model;
  const score = kinds[0]?.threshold ?? threshold.score;
  const one = isSet(score)
    ? ` at threshold ${score.toFixed(4)}`
    : ': no threshold is set, which `uniad calibrate` does';
  console.error(`${found} of ${inspected} anomalous${kinds.length > 1 ? ' at the thresholds of their kinds' : one}`);
  const failed = records.filter((record) => record.error !== undefined);
  if (failed.length === 1) throw new RunError(failed[0]!.error!);
  if (failed.length > 1) {
    throw new RunError(
      `${counted(failed.length, 'picture')} of ${records.length} failed, the first: ${failed[0]!.error}`,
    );
  }
  if (flags.failOnAnomaly && found > 0) process.exitCode = ANOMALY;
}

/** Every picture, with a name of its own that keeps its folders; of several folders the names start with the folder's. */
async function findPictures(inputs: readonly string[]): Promise<Picture[]> {
  const found: { path: string; id: string }[] = [];
  for (const input of inputs) {
    const entry = await stat(input).catch(() => undefined);
    if (!entry) throw new RunError(`Expected a picture or a folder but found nothing at ${input}`);
    if (!entry.isDirectory()) {
      found.push({ path: input, id: basename(input) });
      continue;
    }
    const { pictures, leftOut } = await listPictures(input);
    for (const one of leftOut) console.error(`warning: ${input}: ${sayLeftOut(one)}`);
    if (pictures.length === 0) throw new RunError(`Expected pictures in ${input} but found none`);
    const above = inputs.length > 1 ? basename(input) : '';
    found.push(...pictures.map((path) => ({ path, id: join(above, relative(input, path)) })));
  }
  const names = uniqueNames(found.map(({ id }) => id));
  return found.map(({ path }, i) => ({ path, name: names[i]! }));
}
