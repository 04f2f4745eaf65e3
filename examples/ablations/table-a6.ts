/** Table A6: the backbone. Usage: table-a6.ts --data DIR --out DIR */
import { paperTable, runTable } from './run-table.js';

// A row is a set of overrides of the paper's model: add your own.
await runTable(paperTable('A6'), [{ name: 'uniad_tiny', config: { backbone: { name: 'uniad_tiny' } }, paper: {} }]);
