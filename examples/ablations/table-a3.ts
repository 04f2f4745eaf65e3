/** Table A3: the six designs of the layer-wise query decoder. Usage: table-a3.ts --data DIR --out DIR */
import { paperTable, runTable } from './run-table.js';

await runTable(paperTable('A3'));
