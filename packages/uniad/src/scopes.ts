import type { StateDict } from '@uniad/nn';

/** What is below a scope such as `memory.`, by the names there. */
export function within(state: StateDict, scope: string): StateDict {
  const own = Object.entries(state).filter(([name]) => name.startsWith(scope));
  return Object.fromEntries(own.map(([name, tensor]) => [name.slice(scope.length), tensor]));
}

/** What is not below a scope. */
export function outside(state: StateDict, scope: string): StateDict {
  return Object.fromEntries(Object.entries(state).filter(([name]) => !name.startsWith(scope)));
}

/** The same below a scope. */
export function below(scope: string, state: StateDict): StateDict {
  return Object.fromEntries(Object.entries(state).map(([name, tensor]) => [`${scope}${name}`, tensor]));
}
