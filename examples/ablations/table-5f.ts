/** Table 5f: the jitter probability. Usage: table-5f.ts --data DIR --out DIR */
import { paperTable, runTable } from './run-table.js';

await runTable(paperTable('5f'));
