/**
 * What may import what: no circles, arrows between packages that point down, browser code without Node.
 * Imports of types count too. Run by `npm run lint`.
 */

/** The packages of ours that each one uses; below the empty ones there is nothing. */
const USES = {
  // The command of core starts the service by this package's name, where that is installed: not an import, and no circle.
  server: ['uniad'],
  uniad: ['backbones', 'transformer', 'datasets', 'metrics', 'nn', 'pickle', 'tfjs-onnxruntime'],
  backbones: ['download', 'nn', 'pickle'],
  transformer: ['nn'],
  datasets: ['download', 'pickle'],
  metrics: [],
  nn: [],
  download: [],
  pickle: [],
  'tfjs-onnxruntime': [],
};

/** What must run in a browser: whole packages, and the browser entries of the others, with all that they import in turn. */
const BROWSER = [
  '^packages/(nn|metrics|pickle|transformer)/src/(?!.*[.]test[.]ts$)',
  '^packages/(datasets|backbones|download|uniad)/src/browser[.]ts$',
];

const TESTS = '^packages/[^/]+/test/|[.]test[.]ts$';

const arrows = Object.entries(USES).map(([name, uses]) => ({
  name: `${name}-uses-${uses.join('-') || 'nothing-of-ours'}`,
  severity: 'error',
  from: { path: `^packages/${name}/`, pathNot: TESTS },
  to: {
    path: '^(packages|examples|benchmarks|tools)/',
    pathNot: [name, ...uses].map((package_) => `^packages/${package_}/`),
    // The device implements kernels that nn states the types of, and runs without nn.
    ...(name === 'tfjs-onnxruntime' ? { dependencyTypesNot: ['type-only'] } : {}),
  },
}));

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true } },
    ...arrows,
    {
      name: 'packages-by-their-entries',
      severity: 'error',
      from: { path: '^(packages/[^/]+|examples|benchmarks|tools)/', pathNot: TESTS },
      to: {
        path: '^packages/',
        pathNot: ['^packages/$1/', '^$1/', '^packages/[^/]+/(src/(index|browser)[.]ts$|weights/)'],
      },
    },
    {
      name: 'browser-without-node',
      severity: 'error',
      from: { path: BROWSER },
      to: {
        reachable: true,
        pathNot: ['^packages/', '^node_modules/(@tensorflow/tfjs(-backend-(wasm|webgpu))?|fflate|valibot)/'],
      },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '/dist/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      // Packages as a browser sees them; what they are in Node begins at their index.ts, which is walked as well.
      conditionNames: ['browser', '@uniad/source', 'import', 'types', 'default'],
      mainFields: ['module', 'main', 'types'],
    },
  },
};
