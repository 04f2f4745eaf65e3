/** Our column of table 1: detection on MVTec-AD, unified and separate. Usage: table-1.ts --data DIR --out DIR */
import { paperTable, runTable } from './run-table.js';

await runTable(paperTable('1'));
