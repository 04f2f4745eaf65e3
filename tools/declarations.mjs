/**
 * Writes a package's declarations with maps into its sources, which are published beside them, so that an editor goes from a name to
 * the code: for ES modules in dist/types, and the same for CommonJS in dist/types-cjs. Runs in the package's folder.
 */
import { cpSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

const entries = process.argv.slice(2);
const base = ts.readConfigFile(join(import.meta.dirname, '../tsconfig.base.json'), ts.sys.readFile).config
  .compilerOptions;
const { options } = ts.convertCompilerOptionsFromJson(
  {
    ...base,
    // Other packages are seen as a user has them: built.
    customConditions: [],
    declaration: true,
    declarationMap: true,
    emitDeclarationOnly: true,
    rootDir: 'src',
    outDir: 'dist/types',
  },
  process.cwd(),
);
const program = ts.createProgram(entries, options);
const { diagnostics } = program.emit();
const all = [...ts.getPreEmitDiagnostics(program), ...diagnostics];
if (all.length > 0) {
  const host = { getCanonicalFileName: (name) => name, getCurrentDirectory: process.cwd, getNewLine: () => '\n' };
  console.error(ts.formatDiagnostics(all, host));
  process.exit(1);
}
rmSync('dist/types-cjs', { recursive: true, force: true });
cpSync('dist/types', 'dist/types-cjs', { recursive: true });
writeFileSync('dist/types-cjs/package.json', '{ "type": "commonjs" }\n');
