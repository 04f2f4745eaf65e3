import { backboneNames } from '@uniad/backbones';
import type { PictureError } from '@uniad/datasets';
import { Command, Option } from 'commander';
import pc from 'picocolors';
import type { DeviceName } from '../device/device.js';
import { methodNames } from '../config.js';
import type { ConfigOverrides, MethodName } from '../config.js';
import { ConfigError } from '../errors.js';
import { merge } from '../merge.js';
import { train } from '../pipeline/train.js';
import type { TrainOptions } from '../pipeline/train-options.js';
import type { TrainEvent } from '../pipeline/train-events.js';
import { presets } from '../presets.js';
import type { Preset, PresetName } from '../presets.js';
import type { TrainingOverrides } from '../training/training-options.js';
import { counted } from './counted.js';
import { cacheOption, deviceOption, positiveNumber, skipUnreadableOption, wholeNumber } from './options.js';
import { ProgressView } from './progress.js';
import { runCommand } from './run-command.js';
import { readSettings, setting } from './settings.js';
import type { Setting } from './settings.js';

interface TrainFlags {
  data: string[];
  out: string;
  preset?: PresetName;
  method?: MethodName;
  config?: string;
  set: Setting[];
  backbone?: string;
  weights?: string;
  epochs?: number;
  batchSize?: number;
  lr?: number;
  seed?: number;
  trainPerCategory?: number;
  crossFit?: number;
  validation?: TrainOptions['validation'];
  skipUnreadable?: boolean;
  device: DeviceName | 'auto';
  resume?: boolean;
  force?: boolean;
  checkpointEvery?: number;
  tensorboard?: boolean;
  cache?: string;
}

/** `uniad train` */
export function trainCommand(): Command {
  return new Command('train')
    .description('Train one model on the good pictures of every category of a folder')
    .requiredOption(
      '--data <dir...>',
      'pictures: a folder (CATEGORY/train/good, or good pictures), an archive or a list; several are joined',
    )
    .requiredOption('--out <run>', 'folder for the model, its checkpoint and its log')
    .addOption(
      new Option(
        '--preset <name>',
        "fast (the default): a smaller model in minutes; thorough: the same, longer, and of two backbones; paper: the paper's model and its 1000 epochs",
      ).choices(Object.keys(presets)),
    )
    .addOption(
      new Option(
        '--method <name>',
        'how it learns what is normal; others than reconstruction have a preset of their name',
      ).choices(methodNames),
    )
    .option('--config <file>', 'settings that change the preset\'s, as JSON: {"config": {...}, "training": {...}}')
    .option(
      '--set <key=value>',
      'one setting, such as featureSize=[28,28] or training.warmUp=0.1; may be repeated',
      setting,
      [],
    )
    .option('--backbone <name>', "feature extractor, in place of the preset's; listed below")
    .option(
      '--weights <file>',
      "the backbone's weights, a file or a folder; without it those in the box, or downloaded once",
    )
    .option('--epochs <n>', "times every picture is seen, in place of the preset's", wholeNumber(1))
    .option('--batch-size <n>', "pictures a step, in place of the preset's", wholeNumber(1))
    .option('--lr <x>', "learning rate at its highest, in place of the preset's", positiveNumber)
    .option('--seed <n>', 'everything random follows from it (default: 0)', wholeNumber(0))
    .option('--train-per-category <n>', 'learn from the first so many pictures of each category', wholeNumber(1))
    .option(
      '--cross-fit <n>',
      'hold no picture out: thresholds by models that learned all but one of n parts (default: 3 where few would be held out; 0: never)',
      wholeNumber(0),
    )
    .option(
      '--validation <what>',
      'good and anomalous pictures that choose the thresholds by the best F1: a folder, `test`, or `synthetic`, anomalies pasted on held-out good ones',
      validation,
    )
    .addOption(skipUnreadableOption())
    .addOption(deviceOption())
    .option('--resume', 'go on from the checkpoint in the run folder')
    .option('--force', 'train anew though the run folder holds a run, whose model stays until the new one is whole')
    .option('--checkpoint-every <n>', 'epochs between checkpoints (default: 1)', wholeNumber(1))
    .option('--tensorboard', "write each epoch's figures for TensorBoard too: tensorboard --logdir RUN")
    .addOption(cacheOption())
    .addHelpText('after', `\nBackbones: ${backboneNames.join(', ')}`)
    .addHelpText(
      'after',
      '\nExamples:\n  $ uniad train --data parts --out run\n  $ uniad train --data mvtec --preset paper --out run\n  $ uniad train --data parts --out run --resume',
    )
    .action((flags: TrainFlags) => runCommand((signal) => runTrain(flags, signal)));
}

async function runTrain(flags: TrainFlags, signal: AbortSignal): Promise<void> {
  const settings = await readSettings(flags.config, flags.set);
  const backbone = flags.backbone === undefined ? {} : { backbone: { name: flags.backbone } };
  const view = new ProgressView();
  const skipped: PictureError[] = [];
  try {
    const { threshold } = await train({
      data: flags.data.length === 1 ? flags.data[0]! : flags.data,
      out: flags.out,
      preset: presetOf(flags),
      config: merge(settings.config, backbone) as ConfigOverrides,
      training: merge(settings.training, {
        epochs: flags.epochs,
        batchSize: flags.batchSize,
        learningRate: flags.lr,
        seed: flags.seed,
      }) as TrainingOverrides,
      weights: flags.weights,
      trainPerCategory: flags.trainPerCategory,
      holdOut: settings.holdOut,
      crossFit: flags.crossFit,
      validation: flags.validation,
      unreadable: flags.skipUnreadable ? 'skip' : 'refuse',
      device: flags.device,
      resume: flags.resume,
      force: flags.force,
      checkpointEvery: flags.checkpointEvery,
      tensorboard: flags.tensorboard,
      cache: flags.cache,
      signal,
      onEvent: (event) => {
        if (event.type === 'unreadable') skipped.push(...event.pictures);
        show(view, event);
      },
    });
    view.listUnreadable(skipped);
    view.print(`threshold ${threshold.score.toFixed(4)}: ${threshold.source}`);
    console.log(`${pc.green('✔')} model in ${flags.out}`);
  } finally {
    view.stop();
  }
}

/** A folder that is called `test` is meant by `./test`. */
function validation(text: string): TrainOptions['validation'] {
  return text === 'test' || text === 'synthetic' ? text : { folder: text };
}

/** @throws ConfigError for a preset of another method than the one asked for */
function presetOf({ preset, method }: TrainFlags): PresetName {
  if (preset === undefined) return method === undefined || method === 'reconstruction' ? 'fast' : method;
  if (method === undefined) return preset;
  const { config }: Preset = presets[preset];
  const own = config.method ?? 'reconstruction';
  if (own === method) return preset;
  throw new ConfigError(`Expected a preset of the method ${method} but received ${preset}, which is ${own}`);
}

/** One bar over the whole training, so that it says when all of it will be done. */
function show(view: ProgressView, event: TrainEvent): void {
  switch (event.type) {
    case 'weights':
      return view.update('weights', event.done, event.total);
    case 'device':
      return view.print(event.device.reason);
    case 'data':
      return view.sayFound(event.dataset);
    case 'extracting':
      return view.update('extracted', event.done, event.total);
    case 'checking':
      return view.update('checked', event.done, event.total);
    case 'pictures': {
      const heldOut = event.folds > 0 ? `, ${event.folds} parts held out in turn` : ` and ${event.heldOut} held out`;
      return view.print(
        `${counted(event.train, 'picture')} to learn from${heldOut}, of ${counted(event.categories.length, 'kind')}: ${event.categories.join(', ')}`,
      );
    }
    case 'warning':
      return view.print(`warning: ${event.message}`);
    case 'resumed':
      return view.print(`resumed after epoch ${event.epoch}`);
    case 'fitting':
      return view.update('fitting', event.done, event.total);
    case 'fold':
      return view.update(`part ${event.fold} of ${event.folds} held out`, event.done, event.total);
    case 'features':
      return view.update('features', event.done, event.total);
    case 'step': {
      const { epoch, epochs, batch, batches, loss } = event;
      return view.update(
        'training',
        (epoch - 1) * batches + batch,
        epochs * batches,
        `epoch ${epoch}  loss ${loss.toFixed(3)}`,
      );
    }
    case 'unreadable': // Listed at the end.
    case 'epoch':
      return;
  }
}
