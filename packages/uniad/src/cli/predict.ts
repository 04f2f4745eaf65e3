import { basename, join } from 'node:path';
import { stat } from 'node:fs/promises';
import { listPictures, PictureError } from '@uniad/datasets';
import { Command } from 'commander';
import pc from 'picocolors';
import { RunError } from '../errors.js';
import { requirePlace } from '../files/require-place.js';
import { writeAtomically } from '../files/write-atomically.js';
import { load } from '../inference/load.js';
import { runCommand } from './run-command.js';
import { uniqueNames } from './unique-names.js';

interface PredictFlags {
  model: string;
  out?: string;
  json?: string;
  device: string;
}

/** One entry of `predict`'s JSON. */
interface PredictionRecord {
  readonly image: string;
  readonly score: number;
  readonly anomalous: boolean;
  readonly threshold: number;
  /** Path of the heat map; null when none was asked for. */
  readonly heatmap: string | null;
}

/** `uniad predict` */
export function predictCommand(): Command {
  return new Command('predict')
    .description('Say which pictures are anomalous, and where')
    .argument('<image|dir...>', 'pictures, or folders of them')
    .requiredOption('--model <run>', 'folder that `uniad train` wrote')
    .option('--out <dir>', 'write a heat map of every picture')
    .option('--json <file>', 'write the findings as JSON')
    .option('--device <name>', 'auto, tensorflow, webgpu, onnxruntime, wasm or cpu', 'auto')
    .addHelpText(
      'after',
      '\nExamples:\n  $ uniad predict --model run part.jpg\n  $ uniad predict --model run incoming/ --out heat --json findings.json',
    )
    .action((inputs: string[], flags: PredictFlags) => runCommand((signal) => runPredict(inputs, flags, signal)));
}

async function runPredict(inputs: string[], flags: PredictFlags, signal: AbortSignal): Promise<void> {
  await requirePlace('folder', flags.out);
  await requirePlace('file', flags.json);
  const pictures = (await Promise.all(inputs.map(picturesOf))).flat();
  const inspector = await load(flags.model, { device: flags.device });
  console.error(inspector.device.reason);
  const records: PredictionRecord[] = [];
  const unreadable: PictureError[] = [];
  const names = uniqueNames(pictures.map((path) => basename(path)));
  try {
    for (const [i, image] of pictures.entries()) {
      signal.throwIfAborted();
      try {
        const { score, anomalous, threshold, heatMap } = await inspector.predict(image);
        const heatmap = flags.out === undefined ? null : join(flags.out, `${names[i]!}.png`);
        if (heatmap !== null) await writeAtomically(heatmap, await heatMap());
        records.push({ image, score, anomalous, threshold, heatmap });
        console.log(`${anomalous ? pc.red('anomalous') : pc.green('normal   ')}  ${score.toFixed(4)}  ${image}`);
      } catch (error) {
        // One bad picture does not cost the findings of the others.
        if (!(error instanceof PictureError)) throw error;
        unreadable.push(error);
        console.log(`${pc.yellow('unreadable')}         ${image}`);
      }
    }
  } finally {
    inspector.dispose();
  }
  if (flags.json !== undefined) await writeAtomically(flags.json, `${JSON.stringify(records, null, 2)}\n`);
  const found = records.filter(({ anomalous }) => anomalous).length;
  console.error(
    `${found} of ${records.length} anomalous at threshold ${inspector.detector.model.threshold.score.toFixed(4)}`,
  );
  const [first] = unreadable;
  if (first)
    throw unreadable.length === 1
      ? first
      : new RunError(
          `${unreadable.length} of ${pictures.length} pictures could not be read, the first: ${first.message}`,
        );
}

async function picturesOf(input: string): Promise<string[]> {
  const entry = await stat(input).catch(() => undefined);
  if (!entry) throw new RunError(`Expected a picture or a folder but found nothing at ${input}`);
  if (!entry.isDirectory()) return [input];
  const pictures = [...(await listPictures(input)).pictures];
  if (pictures.length === 0) throw new RunError(`Expected pictures in ${input} but found none`);
  return pictures;
}
