/** Table 5d: where neighbor masked attention is added. Usage: table-5d.ts --data DIR --out DIR */
import { paperTable, runTable } from './run-table.js';

// A row is a set of overrides of the paper's model: add your own.
await runTable(paperTable('5d'), [{ name: 'decoder alone', config: { neighborMask: { encoder: false } }, paper: {} }]);
