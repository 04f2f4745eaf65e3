/** Table A5: a trained or a frozen backbone. Usage: table-a5.ts --data DIR --out DIR */
import { paperTable, runTable } from './run-table.js';

await runTable(paperTable('A5'));
