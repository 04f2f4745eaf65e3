/** The curves of figure 2: MLP, CNN, transformer and UniAD while they train. Usage: figure-2.ts --data DIR --out DIR */
import { paperTable, runTable } from './run-table.js';

await runTable(paperTable('figure2'));
