/** Our column of table 3: the four splits of CIFAR-10. Usage: table-3.ts --data DIR --out DIR */
import { paperTable, runTable } from './run-table.js';

// A row is a set of overrides of the paper's model: add your own.
await runTable(paperTable('3'), [
  { name: '{01}', normalClasses: [0, 1], config: paperTable('3').rows[0]!.config!, paper: {} },
]);
