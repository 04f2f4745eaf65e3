import { mkdir, realpath, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { Command } from 'commander';
import type { DeviceName } from '../device/device.js';
import { RunError } from '../errors.js';
import { JsonLines } from '../files/json-lines.js';
import { lockFile } from '../files/lock.js';
import { openOutputFolder } from '../files/outputs.js';
import { isSame, pictureState, watchPictures } from '../files/watch-pictures.js';
import type { PictureState } from '../files/watch-pictures.js';
import { load } from '../pipeline/inspector.js';
import { counted } from './counted.js';
import { inspectPicture, inWords } from './inspect-picture.js';
import { anyNumber, deviceOption, positiveNumber } from './options.js';
import { runCommand } from './run-command.js';

/** What is found, one line a picture, in the output folder. */
const FINDINGS = 'findings.jsonl';

/** A picture that cannot be read may be half a picture whose other half is late: it gets this many times as long to come. */
const PATIENCE = 10;

interface WatchFlags {
  model: string;
  out: string;
  threshold?: number;
  rawMaps?: boolean;
  settle: number;
  maxMegapixels: number;
  device: DeviceName | 'auto';
}

/** `uniad watch` */
export function watchCommand(): Command {
  return new Command('watch')
    .description('Inspect the pictures that come into a folder, until it is interrupted')
    .argument('<dir>', 'folder that a camera writes to')
    .requiredOption('--model <run>', 'folder that `uniad train` wrote')
    .requiredOption('--out <dir>', `where findings go, appended to ${FINDINGS}, and heat maps`)
    .option('--raw-maps', "write every map's own values too, beside the heat map: 32-bit floating point TIFF")
    .option('--threshold <x>', "call pictures anomalous from this score on, in place of the model's", anyNumber)
    .option('--settle <s>', 'seconds without a change after which a picture counts as complete', positiveNumber, 1)
    .option('--max-megapixels <n>', 'refuse larger pictures', positiveNumber, 100)
    .addOption(deviceOption())
    .addHelpText(
      'after',
      '\nExamples:\n  $ uniad watch incoming --model run --out inspected\n  $ tail -f inspected/findings.jsonl | grep \'"anomalous":true\'',
    )
    .action((dir: string, flags: WatchFlags) => runCommand((signal) => runWatch(dir, flags, signal)));
}

async function runWatch(dir: string, flags: WatchFlags, signal: AbortSignal): Promise<void> {
  await requireApart(dir, flags.out);
  await openOutputFolder(flags.out, [dir]);
  const limits = { maxPixels: Math.floor(flags.maxMegapixels * 1e6) };
  const inspector = await load(flags.model, { device: flags.device, threshold: flags.threshold, limits });
  console.error(inspector.device.reason);
  const lost = new AbortController();
  await lockFile(join(flags.out, FINDINGS), () => lost.abort());
  /** By path below the folder, the state in which each picture was inspected last. */
  const done = new Map<string, Omit<PictureState, 'path'>>();
  const findings = await JsonLines.open(join(flags.out, FINDINGS), (record) => {
    const { image, modified, bytes } = record as { image: string; modified: number; bytes: number };
    done.set(image, { modified, bytes });
  });
  const settleMs = flags.settle * 1000;
  const unreadable = new Map<string, PictureState>();
  let [inspected, anomalous] = [0, 0];
  console.error(`watching ${dir}: ${counted(done.size, 'picture')} inspected before`);
  try {
    for await (const { picture, again } of watchPictures(dir, settleMs, AbortSignal.any([signal, lost.signal]))) {
      const image = relative(dir, picture.path).split(sep).join('/');
      if (isSame(picture, done.get(image))) continue;
      const heatmap = `heatmaps/${image}.png`;
      const targets = {
        heatMap: join(flags.out, heatmap),
        rawMap: flags.rawMaps ? join(flags.out, `heatmaps/${image}.tiff`) : undefined,
      };
      const record = await inspectPicture(inspector, picture.path, targets);
      const now = await pictureState(picture.path);
      if (now && !isSame(now, picture)) {
        again(settleMs);
        continue;
      }
      if (!('score' in record) && !isSame(picture, unreadable.get(image))) {
        unreadable.set(image, picture);
        again(PATIENCE * settleMs);
        continue;
      }
      unreadable.delete(image);
      console.log(inWords(record));
      const { modified, bytes } = picture;
      const place = 'score' in record ? { heatmap: record.heatmap === null ? null : heatmap } : {};
      // The heat map first: where a line stands, all that it tells of is there.
      await findings.append({ ...record, image, ...place, modified, bytes, inspected: new Date().toISOString() });
      done.set(image, { modified, bytes });
      inspected++;
      if ('anomalous' in record && record.anomalous) anomalous++;
    }
  } finally {
    inspector.dispose();
    await findings.close();
  }
  if (lost.signal.aborted) throw new RunError(`Another \`uniad watch\` took ${flags.out}, while this one stood still`);
  console.error(`${anomalous} of ${inspected} anomalous`);
}

/** @throws RunError where what is written would be among what is watched */
async function requireApart(dir: string, out: string): Promise<void> {
  const entry = await stat(dir).catch(() => undefined);
  if (!entry?.isDirectory())
    throw new RunError(`Expected a folder to watch at ${dir} but found ${entry ? 'a file' : 'nothing'}`);
  await mkdir(out, { recursive: true });
  const [watched, written] = [await realpath(dir), await realpath(out)];
  if (`${watched}${sep}`.startsWith(`${written}${sep}`))
    throw new RunError(`Expected a folder for what is written apart from ${dir} but received ${out}`);
}
