/** One run over every package, from source: tests need no build. */
/** Packages that come as ES modules alone, which Jest runs only once they are turned into CommonJS. */
const esModules = 'p-limit/|yocto-queue/|markdown-table/|linkedom/worker\\.js$';

module.exports = {
  testMatch: ['<rootDir>/packages/*/{src,test}/**/*.test.ts', '<rootDir>/{examples,tools}/**/*.test.ts'],
  testEnvironment: 'node',
  // `umd`: d3 and Plot come as modules that Jest cannot load, or as one file each.
  testEnvironmentOptions: {
    customExportConditions: ['@uniad/source', 'node', 'node-addons', 'require', 'umd', 'default'],
  },
  transformIgnorePatterns: [`/node_modules/(?!${esModules})`],
  transform: {
    [`/node_modules/(${esModules})`]: ['@swc/jest', { module: { type: 'commonjs' } }],
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' }, module: { type: 'commonjs' } },
    ],
  },
  moduleNameMapper: {
    '^(\\.{1,2}/.*)\\.js$': '$1',
    '^d3@[\\d.]+/(.*)$': '<rootDir>/node_modules/d3/$1',
    '^linkedom$': '<rootDir>/node_modules/linkedom/worker.js',
  },
  modulePathIgnorePatterns: ['<rootDir>/.*/dist/', '<rootDir>/.nx/'],
  // Else every Math.x in number-heavy code goes through an interceptor of the test's context.
  sandboxInjectedGlobals: ['Math'],
  testTimeout: 60_000,
  maxWorkers: 2,
};
