/** Our rows of table 4: the baseline with one query embedding, and UniAD. Usage: table-4.ts --data DIR --out DIR */
import { paperTable, runTable } from './run-table.js';

await runTable(paperTable('4'));
