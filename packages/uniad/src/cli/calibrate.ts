import { Command } from 'commander';
import pc from 'picocolors';
import type { DeviceName } from '../device/device.js';
import { calibrate } from '../pipeline/calibrate.js';
import { anyNumber, cacheOption, deviceOption, positiveNumber } from './options.js';
import { runCommand } from './run-command.js';

interface CalibrateFlags {
  model: string;
  data?: string[];
  falseAlarms?: number;
  bestF1?: boolean;
  synthetic?: boolean;
  threshold?: number;
  category?: string;
  device: DeviceName | 'auto';
  cache?: string;
}

/** `uniad calibrate` */
export function calibrateCommand(): Command {
  return new Command('calibrate')
    .description("Change a trained model's thresholds, without training")
    .requiredOption('--model <run>', 'folder that `uniad train` wrote; its model.json is replaced')
    .option('--data <dir...>', 'pictures that were not learned: test pictures, or good ones alone')
    .option('--false-alarms <share>', 'of good pictures that may be called anomalous (default: 0.01)', positiveNumber)
    .option('--best-f1', 'where good and anomalous pictures are told apart best')
    .option('--synthetic', 'with --best-f1: anomalies are pasted on the good pictures, and no others are looked at')
    .option('--threshold <x>', 'by hand', anyNumber)
    .option('--category <name>', 'one kind alone')
    .addOption(deviceOption())
    .addOption(cacheOption())
    .addHelpText(
      'after',
      '\nExamples:\n  $ uniad calibrate --model run --data last-week --false-alarms 0.002\n  $ uniad calibrate --model run --threshold 14 --category gear',
    )
    .action((flags: CalibrateFlags) =>
      runCommand(async (signal) => {
        const { kinds, threshold } = await calibrate({ ...flags, signal });
        for (const { name, threshold: score, source } of kinds) console.log(`${name}  ${score.toFixed(4)}  ${source}`);
        if (kinds.length === 0) console.log(`${threshold.score.toFixed(4)}  ${threshold.source}`);
        console.log(`${pc.green('✔')} model.json in ${flags.model}`);
      }),
    );
}
