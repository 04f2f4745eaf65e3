#!/usr/bin/env node
import { createRequire } from 'node:module';
import { Command } from 'commander';
const { version } = createRequire(import.meta.url)('@uniad/core/package.json') as { version: string };

/** By name, in the order of the help; each is read when it is asked for, so that a prediction does not wait for the report's charts. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  train: async () => (await import('./train.js')).trainCommand(),
  eval: async () => (await import('./eval.js')).evalCommand(),
  predict: async () => (await import('./predict.js')).predictCommand(),
  watch: async () => (await import('./watch.js')).watchCommand(),
  serve: async () => (await import('./serve.js')).serveCommand(),
  calibrate: async () => (await import('./calibrate.js')).calibrateCommand(),
  quantize: async () => (await import('./quantize.js')).quantizeCommand(),
  export: async () => (await import('./export.js')).exportCommand(),
  import: async () => (await import('./import.js')).importCommand(),
  synth: async () => (await import('./synth.js')).synthCommand(),
  render: async () => (await import('./render.js')).renderCommand(),
  ablate: async () => (await import('./ablate.js')).ablateCommand(),
  'ablate-unit': async () => (await import('./ablate.js')).ablateUnitCommand(),
  cache: async () => (await import('./cache.js')).cacheCommand(),
};
const hidden = ['ablate-unit'];

const program = new Command('uniad')
  .description('Visual anomaly detection: one model learns what good parts of many kinds look like, and finds defects')
  .version(version)
  .addHelpText(
    'after',
    '\nExample:\n  $ uniad train --data parts --out run\n  $ uniad eval --model run --data parts\n  $ uniad predict --model run new-part.jpg --out heat',
  );
// Help, and a name that there is not, take all of them.
const asked = process.argv[2] ?? '';
for (const name of Object.hasOwn(commands, asked) ? [asked] : Object.keys(commands))
  program.addCommand(await commands[name]!(), { hidden: hidden.includes(name) });
await program.parseAsync();
