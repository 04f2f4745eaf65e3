import { join } from 'node:path';
import { Command } from 'commander';
import pc from 'picocolors';
import { Inputs } from '../files/outputs.js';
import { requirePlace } from '../files/require-place.js';
import { writeAtomically } from '../files/write-atomically.js';
import { exportModel } from '../pipeline/export-model.js';
import { modelFileNames } from '../pipeline/model-files.js';
import { readModel } from '../pipeline/read-model.js';
import { runCommand } from './run-command.js';

interface ExportFlags {
  model: string;
  out: string;
}

/** `uniad export` */
export function exportCommand(): Command {
  return new Command('export')
    .description('Write a model as one standard ONNX file: picture in, anomaly map and score out')
    .requiredOption('--model <run>', 'folder that `uniad train` wrote')
    .requiredOption('--out <file>', 'the .onnx file')
    .addHelpText('after', '\nExample:\n  $ uniad export --model run --out model.onnx')
    .action((flags: ExportFlags) =>
      runCommand(async () => {
        await requirePlace('file', flags.out);
        const read = await new Inputs().add(modelFileNames.map((name) => join(flags.model, name)));
        await read.refuse([flags.out]);
        const bytes = await exportModel(await readModel(flags.model));
        await writeAtomically(flags.out, bytes);
        console.log(`${pc.green('✔')} ${flags.out}, ${(bytes.length / 1e6).toFixed(1)} MB`);
      }),
    );
}
