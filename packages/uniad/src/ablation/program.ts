import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** How Node was told to take this repository's TypeScript. */
const FROM_SOURCE = '--conditions=@uniad/source';

/** Arguments with which Node runs the command `uniad`, from source or built, whatever program this is. */
export function uniadProgram(): string[] {
  const root = dirname(createRequire(import.meta.url).resolve('@uniad/core/package.json'));
  const fromSource = process.execArgv.includes(FROM_SOURCE);
  return [...process.execArgv, fromSource ? join(root, 'src/cli/main.ts') : join(root, 'dist/cli/main.js')];
}
