import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';

test.each([
  [['browser', '@uniad/source'], 'src/browser.ts'],
  [['@uniad/source'], 'src/index.ts'],
  [['browser'], 'dist/browser.js'],
  [[], 'dist/index.js'],
])('under the conditions %j the entry is %s', (conditions, entry) => {
  const program = "console.log(import.meta.resolve('@uniad/backbones'))";
  const options = conditions.map((condition) => `--conditions=${condition}`);
  const url = execFileSync(process.execPath, [...options, '--input-type=module', '-e', program], {
    cwd: resolve(__dirname, '..'),
    encoding: 'utf8',
  });
  expect(url.trim()).toMatch(new RegExp(`/${entry}$`));
});
