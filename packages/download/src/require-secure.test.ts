import { DownloadError } from './error.js';
import { redirected } from './require-secure.js';

test.each([
  ['https://a.example/x', 'https://b.example/y', 'https://b.example/y'],
  ['https://a.example/x/1', '../y', 'https://a.example/y'],
  ['https://a.example/x', '//b.example/y', 'https://b.example/y'],
  ['http://127.0.0.1:8000/x', '/y', 'http://127.0.0.1:8000/y'],
  ['http://localhost/x', 'https://b.example/y', 'https://b.example/y'],
])('%s leads by %s to %s', (from, location, target) => {
  expect(redirected(from, location)).toBe(target);
});

test.each([
  ['https://a.example/x', 'http://a.example/y'],
  ['https://a.example/x', 'http://localhost:9200/y'],
  ['https://a.example/x', 'http://[::1]/y'],
  ['http://localhost/x', 'http://a.example/y'],
  ['https://a.example/x', 'file:///etc/passwd'],
  ['https://a.example/x', 'https://'],
])('%s does not lead by %s', (from, location) => {
  expect(() => redirected(from, location)).toThrow(DownloadError);
  expect(() => redirected(from, location)).toThrow(`Expected ${from} to lead to an https address`);
});
