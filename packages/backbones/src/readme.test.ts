import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { useBackend } from '../test/backends.js';
import { backboneTable } from '../test/table.js';

useBackend('cpu');

test('the README lists every backbone as it is', () => {
  const readme = readFileSync(resolve(__dirname, '../README.md'), 'utf8').split('\n');
  expect(readme).toEqual(expect.arrayContaining(backboneTable()));
});
