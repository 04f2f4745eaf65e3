import { loadWeights } from '@uniad/backbones';
import { openDataset } from '@uniad/datasets';
import { Command, Option } from 'commander';
import pc from 'picocolors';
import type { DeviceName } from '../device/device.js';
import { presets } from '../presets.js';
import type { Preset, PresetName } from '../presets.js';
import { train } from '../training/train.js';
import type { TrainEvent } from '../training/train.js';
import type { TrainingOptions } from '../training/options.js';
import { positiveNumber, wholeNumber } from './options.js';
import { ProgressView } from './progress.js';
import { runCommand } from './run-command.js';

interface TrainFlags {
  data: string;
  out: string;
  backbone: string;
  weights?: string;
  preset: PresetName;
  epochs?: number;
  batchSize?: number;
  lr?: number;
  seed?: number;
  trainPerCategory?: number;
  device: DeviceName | 'auto';
  resume?: boolean;
  cache?: string;
}

/** `uniad train` */
export function trainCommand(): Command {
  return new Command('train')
    .description('Train one model on the good pictures of every category of a folder')
    .requiredOption('--data <dir>', 'pictures in MVTec layout (CATEGORY/train/good), or a folder of good pictures')
    .requiredOption('--out <run>', 'folder for the model, its checkpoint and its log')
    .option('--backbone <name>', 'feature extractor; the default comes with the package', 'uniad_tiny')
    .option(
      '--weights <file>',
      "the backbone's weights, a safetensors file or a folder; without it those in the box, or downloaded once",
    )
    .addOption(
      new Option('--preset <name>', "fast: a smaller model in minutes; paper: the paper's model and its 1000 epochs")
        .choices(Object.keys(presets))
        .default('fast'),
    )
    .option('--epochs <n>', "times every picture is seen, in place of the preset's", wholeNumber(1))
    .option('--batch-size <n>', "pictures a step, in place of the preset's", wholeNumber(1))
    .option('--lr <x>', "learning rate at its highest, in place of the preset's", positiveNumber)
    .option('--seed <n>', 'everything random follows from it (default: 0)', wholeNumber(0))
    .option('--train-per-category <n>', 'learn from the first so many pictures of each category', wholeNumber(1))
    .option('--device <name>', 'auto, tensorflow, webgpu, onnxruntime, wasm or cpu', 'auto')
    .option('--resume', 'go on from the checkpoint in the run folder')
    .option('--cache <dir>', 'where features are kept; runs share it (default: ~/.cache/uniad)')
    .addHelpText(
      'after',
      '\nExamples:\n  $ uniad train --data parts --out run\n  $ uniad train --data mvtec --preset paper --backbone efficientnet_b4 --out run\n  $ uniad train --data parts --out run --epochs 20 --resume',
    )
    .action((flags: TrainFlags) => runCommand((signal) => runTrain(flags, signal)));
}

async function runTrain(flags: TrainFlags, signal: AbortSignal): Promise<void> {
  await openDataset(flags.data); // A folder that is missing is told before anything is downloaded.
  const preset: Preset = presets[flags.preset];
  const view = new ProgressView();
  try {
    const weights = await loadWeights(flags.weights ?? flags.backbone, {
      backbone: flags.backbone,
      signal,
      progress: (event) =>
        event.type === 'progress' ? view.update('weights', event.received, event.total ?? event.received) : undefined,
    });
    const { threshold } = await train({
      data: flags.data,
      out: flags.out,
      weights,
      config: { ...preset.config, backbone: { name: flags.backbone } },
      training: {
        ...preset.training,
        ...given({ epochs: flags.epochs, batchSize: flags.batchSize, learningRate: flags.lr, seed: flags.seed }),
      },
      trainPerCategory: flags.trainPerCategory,
      device: flags.device,
      resume: flags.resume ?? false,
      ...(flags.cache === undefined ? {} : { cache: flags.cache }),
      signal,
      onEvent: (event) => show(view, event),
    });
    view.print(`threshold ${threshold.score.toFixed(4)}: ${threshold.source}`);
    console.log(`${pc.green('✔')} model in ${flags.out}`);
  } finally {
    view.stop();
  }
}

/** What was given on the command line; what was not must not hide the preset's. */
function given(training: {
  readonly [Key in keyof TrainingOptions]?: TrainingOptions[Key] | undefined;
}): Partial<TrainingOptions> {
  return Object.fromEntries(Object.entries(training).filter(([, value]) => value !== undefined));
}

function show(view: ProgressView, event: TrainEvent): void {
  switch (event.type) {
    case 'device':
      return view.print(event.device.reason);
    case 'pictures':
      return view.print(
        `${event.train} pictures to learn from and ${event.heldOut} held out, of ${event.categories.length} categories: ${event.categories.join(', ')}`,
      );
    case 'resumed':
      return view.print(`resumed after epoch ${event.epoch}`);
    case 'features':
      return view.update('features', event.done, event.total);
    case 'step':
      return process.stderr.isTTY
        ? view.update(`epoch ${event.epoch}`, event.batch, event.batches, `loss ${event.loss.toFixed(3)}`)
        : undefined;
    case 'epoch': {
      const { epoch, loss, seconds, learningRate } = event.log;
      return view.print(
        `epoch ${epoch}/${event.epochs}  loss ${loss.toFixed(4)}  rate ${learningRate.toPrecision(3)}  ${seconds.toFixed(1)} s`,
      );
    }
  }
}
