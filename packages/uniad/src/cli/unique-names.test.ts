import { uniqueNames } from './unique-names.js';

test.each([
  [
    ['a.png', 'b.jpg'],
    ['a', 'b'],
  ],
  [
    ['p.png', 'p.jpg', 'p.webp'],
    ['p', 'p-2', 'p-3'],
  ],
  [
    ['p.png', 'p.jpg', 'p-2.png'],
    ['p', 'p-3', 'p-2'],
  ],
  [
    ['p-2.png', 'p.png', 'p.jpg'],
    ['p-2', 'p', 'p-3'],
  ],
  [
    ['kind/good/0.png', 'kind/bad/0.png', 'kind/bad/0.jpg'],
    ['kind/good/0', 'kind/bad/0', 'kind/bad/0-2'],
  ],
])('%j become %j', (paths, names) => {
  expect(uniqueNames(paths)).toEqual(names);
});
