/**
 * Bundles the built package as a page would, with and without what is optional: every name that the types of the browser entry
 * have must be there, and nothing of Node. Usage: bundle.mjs (after a build)
 */
import { exit } from 'node:process';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import ts from 'typescript';

const WEBGPU = '@tensorflow/tfjs-backend-webgpu';

const types = fileURLToPath(new URL('../dist/types/browser.d.ts', import.meta.url));
const program = ts.createProgram([types], {
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  customConditions: ['browser'],
  types: [],
});
const checker = program.getTypeChecker();
const isValue = (symbol) =>
  ((symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol).flags & ts.SymbolFlags.Value) !==
  0;
const names = checker
  .getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(types)))
  .filter(isValue)
  .map(({ name }) => name);

for (const [what, alias] of Object.entries({
  'with everything': {},
  [`without ${WEBGPU}`]: { [WEBGPU]: 'not-installed' },
})) {
  const { errors, warnings } = await build({
    stdin: {
      contents: `import { ${names.join(', ')} } from '@uniad/core';\nconsole.log(${names.join(', ')});`,
      resolveDir: fileURLToPath(new URL('.', import.meta.url)),
    },
    bundle: true,
    format: 'esm',
    write: false,
    splitting: true,
    outdir: 'out',
    logLevel: 'silent',
    alias,
  }).catch((error) => error);
  const complaints = [...errors, ...warnings].map(({ text, location }) => `${location?.file}: ${text}`);
  console.log(`${names.length} names of the browser entry, bundled ${what}: ${complaints.join('\n') || 'right'}`);
  if (complaints.length > 0) exit(1);
}
