import { merge } from './merge.js';

test('groups are merged, values and lists replaced, undefined keeps what was', () => {
  const defaults = { a: 1, group: { b: 2, c: [1, 2] }, other: null };
  const merged = merge(defaults, { a: undefined, group: { c: [3] }, other: { d: 4 } });
  expect(merged).toEqual({ a: 1, group: { b: 2, c: [3] }, other: { d: 4 } });
  expect(defaults).toEqual({ a: 1, group: { b: 2, c: [1, 2] }, other: null });
});

test('a group can be taken away', () => {
  expect(merge({ group: { b: 2 } }, { group: null })).toEqual({ group: null });
});

test('no key reaches a prototype', () => {
  const merged = merge({}, JSON.parse('{"__proto__": {"polluted": true}}') as Record<string, unknown>);
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  expect(Object.keys(merged)).toEqual(['__proto__']);
});
