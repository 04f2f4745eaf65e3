/** A string of bytes, left where it is in the file. */
export interface Bytes {
  readonly kind: 'bytes';
  readonly start: number;
  readonly length: number;
}

/** A name of Python, which leads to no code. */
export interface Global {
  readonly kind: 'global';
  readonly name: string;
}

/** What Python would have made by calling a name: nothing is called, all that was given is here. */
export interface Made {
  readonly kind: 'made';
  readonly name: string;
  readonly given: readonly PickleValue[];
  /** What was set of it afterwards. */
  state: PickleValue;
}

/** Something outside of the pickle, such as a storage of PyTorch. */
export interface Persistent {
  readonly kind: 'persistent';
  readonly id: PickleValue;
}

export type PickleValue =
  null | boolean | number | Bytes | Global | Made | Persistent | PickleValue[] | Map<string, PickleValue>;

/** Whether a value is one that the pickle holds in place of an object. */
export function isKind<K extends 'bytes' | 'global' | 'made' | 'persistent'>(
  value: PickleValue | undefined,
  kind: K,
): value is Extract<PickleValue, { kind: K }> {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === kind;
}
