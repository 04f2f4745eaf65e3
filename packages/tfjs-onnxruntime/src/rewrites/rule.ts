import type { Node, Value } from '../graph.js';

/** Gives values equal to the outputs of a node for less, or `undefined`. */
export type Rule = (node: Node) => Value | readonly Value[] | undefined;
/** By the operator that they are for. */
export type Rules = Readonly<Record<string, readonly Rule[]>>;
