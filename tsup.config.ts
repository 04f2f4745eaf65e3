import { defineConfig } from 'tsup';

/** Shared by every package: ESM and CJS; declarations are `tools/declarations.mjs`'s. A package names its own entries on the command line. */
export default defineConfig({
  format: ['esm', 'cjs'],
  sourcemap: true,
  clean: true,
  target: 'node20',
  splitting: true,
  shims: true,
  // tsup knows dependencies and peers, but would copy what is optional or only used in a test into the bundle.
  skipNodeModulesBundle: true,
});
