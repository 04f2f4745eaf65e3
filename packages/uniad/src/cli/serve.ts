import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Command } from 'commander';
import { RunError } from '../errors.js';
import { runCommand } from './run-command.js';

/** The package that serves. It stands above this one and uses it, so it is no dependency: it is looked for when it is asked for. */
const PACKAGE = '@uniad/server';

/** What is used of it. */
interface ServerPackage {
  readonly serveCommand: () => Command;
}

/** `uniad serve`, which is the command of another package. */
export function serveCommand(): Command {
  return new Command('serve')
    .description(`Inspect pictures over HTTP (needs ${PACKAGE})`)
    .argument('[options...]')
    .helpOption(false)
    .allowUnknownOption()
    .action(async (options: string[]) => {
      let server: ServerPackage | undefined;
      await runCommand(async () => {
        server = await findServer();
      });
      await server?.serveCommand().name('uniad serve').parseAsync(options, { from: 'user' });
    });
}

async function findServer(): Promise<ServerPackage> {
  try {
    return (await import(PACKAGE)) as ServerPackage;
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
  try {
    // Installed in the project beside @uniad/core, which some package managers keep apart from it.
    const path = createRequire(join(process.cwd(), 'package.json')).resolve(PACKAGE);
    return (await import(pathToFileURL(path).href)) as ServerPackage;
  } catch (error) {
    if (!isMissing(error)) throw error;
    throw new RunError(`Expected the package ${PACKAGE} but it is not installed: npm i ${PACKAGE}`);
  }
}

function isMissing(error: unknown): boolean {
  const { code, message } = error as NodeJS.ErrnoException;
  return (code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND') && message.includes(PACKAGE);
}
