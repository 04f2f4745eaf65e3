/** Table 5a: query embedding, neighbor masked attention and feature jittering. Usage: table-5a.ts --data DIR --out DIR */
import { paperTable, runTable } from './run-table.js';

await runTable(paperTable('5a'));
