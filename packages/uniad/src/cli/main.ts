#!/usr/bin/env node
import { createRequire } from 'node:module';
import { Command } from 'commander';
import { ablateCommand, ablateUnitCommand } from './ablate.js';
import { cacheCommand } from './cache.js';
import { calibrateCommand } from './calibrate.js';
import { evalCommand } from './eval.js';
import { exportCommand } from './export.js';
import { importCommand } from './import.js';
import { predictCommand } from './predict.js';
import { quantizeCommand } from './quantize.js';
import { renderCommand } from './render.js';
import { serveCommand } from './serve.js';
import { synthCommand } from './synth.js';
import { trainCommand } from './train.js';
import { watchCommand } from './watch.js';

const { version } = createRequire(import.meta.url)('@uniad/core/package.json') as { version: string };

await new Command('uniad')
  .description('Visual anomaly detection: one model learns what good parts of many kinds look like, and finds defects')
  .version(version)
  .addCommand(trainCommand())
  .addCommand(evalCommand())
  .addCommand(predictCommand())
  .addCommand(watchCommand())
  .addCommand(serveCommand())
  .addCommand(calibrateCommand())
  .addCommand(quantizeCommand())
  .addCommand(exportCommand())
  .addCommand(importCommand())
  .addCommand(synthCommand())
  .addCommand(renderCommand())
  .addCommand(ablateCommand())
  .addCommand(ablateUnitCommand(), { hidden: true })
  .addCommand(cacheCommand())
  .addHelpText(
    'after',
    '\nExample:\n  $ uniad train --data parts --out run\n  $ uniad eval --model run --data parts\n  $ uniad predict --model run new-part.jpg --out heat',
  )
  .parseAsync();
