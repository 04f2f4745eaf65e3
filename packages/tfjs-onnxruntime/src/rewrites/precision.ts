import { OnnxRuntimeError } from '../errors.js';
import type { Elements, Graph } from '../graph.js';
import { quantizeProducts } from './quantize-products.js';

/** What the products with trained weights are computed in. */
export type Precision = 'float32' | 'int8';

export function requirePrecision(precision: Precision | undefined): void {
  if (precision !== undefined && precision !== 'float32' && precision !== 'int8')
    throw new OnnxRuntimeError(`Expected float32 or int8 for precision but received ${JSON.stringify(precision)}`);
}

/** @param weights that are trained */
export function inPrecision(graph: Graph, precision: Precision | undefined, weights: ReadonlySet<Elements>): Graph {
  return precision === 'int8' ? quantizeProducts(graph, (data) => weights.has(data)) : graph;
}
