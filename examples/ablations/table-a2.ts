/** Table A2: all of query embedding, masked attention and jittering. Usage: table-a2.ts --data DIR --out DIR */
import { paperTable, runTable } from './run-table.js';

await runTable(paperTable('A2'));
