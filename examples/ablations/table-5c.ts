/** Table 5c: the size of the neighborhood. Usage: table-5c.ts --data DIR --out DIR */
import { paperTable, runTable } from './run-table.js';

// A row is a set of overrides of the paper's model: add your own.
await runTable(paperTable('5c'), [{ name: '3x7', config: { neighborMask: { size: [3, 7] } }, paper: {} }]);
