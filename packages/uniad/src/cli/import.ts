import { Command } from 'commander';
import pc from 'picocolors';
import type { ConfigOverrides } from '../config.js';
import type { DeviceName } from '../device/device.js';
import { merge } from '../merge.js';
import { importCheckpoint } from '../pipeline/import-checkpoint.js';
import { cacheOption, deviceOption } from './options.js';
import { runCommand } from './run-command.js';
import { readSettings, setting } from './settings.js';
import type { Setting } from './settings.js';

interface ImportFlags {
  out: string;
  data?: string[];
  backbone?: string;
  weights?: string;
  config?: string;
  set: Setting[];
  force?: boolean;
  device: DeviceName | 'auto';
  cache?: string;
}

/** `uniad import` */
export function importCommand(): Command {
  return new Command('import')
    .description("Make a model of a checkpoint of the authors' PyTorch implementation; nothing in the file is run")
    .argument('<checkpoint>', 'ckpt.pth.tar')
    .requiredOption('--out <run>', 'folder for the model')
    .option('--data <dir...>', 'good pictures, which set the thresholds')
    .option('--backbone <name>', "in place of the checkpoint's, or the paper's efficientnet_b4")
    .option('--weights <file>', "of the backbone, in place of the checkpoint's own, those in the box or a download")
    .option('--config <file>', 'in place of what the checkpoint tells, as JSON: {"config": {...}}')
    .option(
      '--set <key=value>',
      'one setting, such as heads=4 or neighborMask.size=[5,5]; may be repeated',
      setting,
      [],
    )
    .option('--force', 'replace a model that stands there')
    .addOption(deviceOption())
    .addOption(cacheOption())
    .addHelpText('after', '\nExample:\n  $ uniad import ckpt.pth.tar --out run --data mvtec')
    .action((checkpoint: string, flags: ImportFlags) =>
      runCommand(async (signal) => {
        const { config } = await readSettings(flags.config, flags.set);
        const named = flags.backbone === undefined ? {} : { backbone: { name: flags.backbone } };
        const { threshold } = await importCheckpoint({
          ...flags,
          checkpoint,
          config: merge(config, named) as ConfigOverrides,
          onWarning: (message) => console.error(`warning: ${message}`),
          signal,
        });
        console.log(`${pc.green('✔')} model in ${flags.out}, threshold ${threshold.source}`);
      }),
    );
}
