import { join, resolve } from 'node:path';
import ts from 'typescript';

const root = resolve(__dirname, '../../..');
const { config } = ts.readConfigFile(join(root, 'tsconfig.browser.json'), ts.sys.readFile);
const { options, fileNames } = ts.parseJsonConfigFileContent(config, ts.sys, root);

/** What the compiler says of a file that stands only in memory, under the settings of `tsconfig.browser.json`. */
function check(file: string, text: string): string[] {
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists, readFile } = host;
  host.fileExists = (name) => name === file || fileExists(name);
  host.readFile = (name) => (name === file ? text : readFile(name));
  host.getSourceFile = (name, ...rest) =>
    name === file ? ts.createSourceFile(name, text, ts.ScriptTarget.ES2022) : getSourceFile(name, ...rest);
  const program = ts.createProgram([file], options, host);
  const source = program.getSourceFile(file)!;
  return program
    .getSemanticDiagnostics(source)
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '));
}

test('all that runs in a browser is checked without the types of Node', () => {
  const files = fileNames.map((name) => name.slice(root.length + 1));
  for (const file of ['packages/nn/src/index.ts', 'packages/metrics/src/index.ts', 'packages/transformer/src/index.ts'])
    expect(files).toContain(file);
  for (const name of ['datasets', 'backbones', 'uniad']) expect(files).toContain(`packages/${name}/src/browser.ts`);
});

test.each(['nn', 'metrics', 'transformer', 'uniad'])('Buffer and process do not compile in packages/%s', (name) => {
  const file = join(root, `packages/${name}/src/violation.ts`);
  expect(check(file, 'export const bytes = new Uint8Array(1);')).toEqual([]);
  expect(check(file, "export const bytes = Buffer.from('');")[0]).toMatch(/Cannot find name 'Buffer'/);
  expect(check(file, 'export const home = process.env;')[0]).toMatch(/Cannot find name 'process'/);
});

test('under the condition `browser` the names are those of the browser entry', () => {
  const file = join(root, 'packages/uniad/test/page.ts');
  const page = `
    import { load, train } from '@uniad/core';
    declare const file: File, canvas: HTMLCanvasElement;
    const inspector = await load('run/', { cache: true, progress: ({ done }) => done, device: 'webgpu' });
    const prediction = await inspector.predict(file);
    await prediction.drawHeatMap(canvas);
    export const model = train({ data: { part: [file] }, weights: new URL('https://example.org/weights') });`;
  expect(check(file, page)).toEqual([]);
  const nodeOnly =
    "import { load, readModel } from '@uniad/core';\nexport const x = [load('run', { limits: {} }), readModel];";
  expect(check(file, nodeOnly)).toEqual([
    expect.stringContaining("no exported member 'readModel'"),
    expect.stringContaining("'limits' does not exist in type 'LoadOptions'"),
  ]);
});
