/** Table 5b: layers of encoder and decoder. Usage: table-5b.ts --data DIR --out DIR */
import { paperTable, runTable } from './run-table.js';

// A row is a set of overrides of the paper's model: add your own.
await runTable(paperTable('5b'), [{ name: 'ours, 1 + 1', config: { encoderLayers: 1, decoderLayers: 1 }, paper: {} }]);
