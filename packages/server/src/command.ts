import { basename, resolve } from 'node:path';
import { deviceNames } from '@uniad/core';
import type { DeviceName } from '@uniad/core';
import { Command, InvalidArgumentError, Option } from 'commander';
import { ServiceError } from './errors.js';
import type { ServiceEvent } from './options.js';
import { serve } from './serve.js';

interface Flags {
  model: Record<string, string>;
  host: string;
  port: number;
  tokenEnv?: string;
  device: DeviceName | 'auto';
  workers?: number;
  maxRequests: number;
  maxMegabytes: number;
  maxMegapixels: number;
  timeout: number;
  batchWindow: number;
}

/** `uniad serve`: the command line of {@link serve}. It ends when it is interrupted, once what was taken is answered. */
export function serveCommand(): Command {
  return new Command('serve')
    .description('Inspect pictures over HTTP')
    .requiredOption('--model <[name=]run>', 'folder that `uniad train` wrote, or several, each with a name', addModel)
    .option('--host <address>', 'where to listen; 0.0.0.0 is every network', '127.0.0.1')
    .option('--port <n>', 'port to listen at; 0 takes a free one', whole(0), 8080)
    .option('--token-env <name>', 'environment variable with the token that requests must bear')
    .addOption(new Option('--device <name>', 'where to run').choices(['auto', ...deviceNames]).default('auto'))
    .option('--workers <n>', 'processes for each model (default: one for every two cores)', whole(1))
    .option('--max-requests <n>', 'taken at once; the next is answered 503', whole(1), 64)
    .option('--max-megabytes <n>', 'refuse larger files', positive, 32)
    .option('--max-megapixels <n>', 'refuse larger pictures', positive, 100)
    .option('--timeout <s>', 'seconds until a request is given up', positive, 30)
    .option('--batch-window <ms>', 'how long a picture waits for others to be inspected with', whole(0), 5)
    .addHelpText(
      'after',
      '\nExamples:\n  $ uniad serve --model run\n  $ curl --data-binary @part.jpg http://localhost:8080/predict' +
        '\n  $ TOKEN=... uniad serve --model screws=run1 --model tiles=run2 --host 0.0.0.0 --token-env TOKEN',
    )
    .action((flags: Flags) => run(flags));
}

async function run(flags: Flags): Promise<void> {
  try {
    const service = await serve({
      models: flags.model,
      host: flags.host,
      port: flags.port,
      token: flags.tokenEnv === undefined ? undefined : tokenIn(flags.tokenEnv),
      device: flags.device,
      workers: flags.workers,
      maxRequests: flags.maxRequests,
      maxBytes: Math.floor(flags.maxMegabytes * 2 ** 20),
      maxPixels: Math.floor(flags.maxMegapixels * 1e6),
      timeoutMs: Math.ceil(flags.timeout * 1000),
      windowMs: flags.batchWindow,
      onEvent: (event) => console.error(inWords(event)),
    });
    console.log(`listening at ${service.url}`);
    await interrupted();
    console.error('stopping');
    await service.close();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    console.error(`error: ${process.env.UNIAD_DEBUG ? error.stack : error.message}`);
    process.exitCode = 1;
  }
}

function tokenIn(name: string): string {
  const token = process.env[name];
  if (!token) throw new ServiceError(`Expected a token in the environment variable ${name} but found none`);
  return token;
}

/** A second interrupt ends the process at once, as it would without this. */
function interrupted(): Promise<void> {
  return new Promise((done) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => done());
  });
}

function inWords(event: ServiceEvent): string {
  switch (event.type) {
    case 'loaded':
      return `${event.model}: ${event.workers} ${event.workers === 1 ? 'worker' : 'workers'}, ${event.device}`;
    case 'reloaded':
      return `${event.model}: its folder changed, all workers have the new model`;
    case 'reload-failed':
      return `${event.model}: its folder changed, the old model stays: ${event.reason}`;
    case 'error':
      return `a request failed: ${event.reason}`;
    case 'worker-lost':
      return `${event.model}: a worker is replaced: ${event.reason}`;
  }
}

/** `NAME=FOLDER`, or a folder whose own name is taken. */
function addModel(text: string, before: Record<string, string> = {}): Record<string, string> {
  const [, name, folder] = /^([^=/\\]+)=(.+)$/.exec(text) ?? [undefined, basename(resolve(text)), text];
  if (Object.hasOwn(before, name!))
    throw new InvalidArgumentError(`Expected models with different names but two are called ${name}.`);
  return { ...before, [name!]: folder! };
}

function whole(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isSafeInteger(value) || value < least)
      throw new InvalidArgumentError(`Expected a whole number of at least ${least}.`);
    return value;
  };
}

function positive(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value <= 0)
    throw new InvalidArgumentError('Expected a number above 0.');
  return value;
}
