/** Table 5e: the jitter scale. Usage: table-5e.ts --data DIR --out DIR */
import { paperTable, runTable } from './run-table.js';

// A row is a set of overrides of the paper's model: add your own.
await runTable(paperTable('5e'), [{ name: '0', config: { jitter: { scale: 0 } }, paper: {} }]);
