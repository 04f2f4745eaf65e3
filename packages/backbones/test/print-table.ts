/** Prints the README's table of backbones. */
import { backboneTable } from './table.js';

console.log(backboneTable().join('\n'));
