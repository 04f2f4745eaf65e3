/** Table A4: the loss function. Usage: table-a4.ts --data DIR --out DIR */
import { paperTable, runTable } from './run-table.js';

await runTable(paperTable('A4'));
