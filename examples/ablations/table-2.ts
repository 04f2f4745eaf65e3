/** Our column of table 2: localization on MVTec-AD, unified and separate. Usage: table-2.ts --data DIR --out DIR */
import { paperTable, runTable } from './run-table.js';

await runTable(paperTable('2'));
