import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PickleError, readPickle, readTorch, readTorchCheckpoint } from '../src/index.js';
import type { PickleValue } from '../src/index.js';
import { plainValue } from '../src/plain-value.js';

interface Case {
  readonly zip: string;
  readonly legacy: string;
  readonly tensors: Readonly<Record<string, { readonly shape: number[]; readonly data: number[] }>>;
}

/** Written by `make_fixtures.py`. */
const cases = JSON.parse(readFileSync(join(__dirname, 'fixtures/torch.json'), 'utf8')) as Record<
  'checkpoint' | 'types' | 'beside' | 'views' | 'runs' | 'old',
  Case
>;
const formats = ['zip', 'legacy'] as const;
const fileOf = (name: keyof typeof cases, format: (typeof formats)[number]) =>
  Uint8Array.from(Buffer.from(cases[name][format], 'base64'));

function expectTensors(file: Uint8Array, expected: Case['tensors']): void {
  const tensors = readTorch(file);
  expect(Object.keys(tensors)).toEqual(Object.keys(expected));
  for (const [key, { shape, data }] of Object.entries(expected)) {
    expect(tensors[key]!.shape).toEqual(shape);
    expect(Array.from(tensors[key]!.data)).toEqual(Array.from(Float32Array.from(data)));
  }
}

test('a file of the first years, by Python 2, gives the tensors that PyTorch gives', () => {
  expectTensors(fileOf('old', 'legacy'), cases.old.tensors);
});

describe.each(formats)('a file of PyTorch in its format %s', (format) => {
  test.each(['checkpoint', 'types', 'beside', 'views'] as const)('gives the tensors that PyTorch gives: %s', (name) => {
    expectTensors(fileOf(name, format), cases[name].tensors);
  });

  test('tells what stands beside the tensors, as JSON would', () => {
    const { tensors, entry } = readTorchCheckpoint(fileOf('checkpoint', format));
    expect(Object.keys(tensors)).toEqual(Object.keys(cases.checkpoint.tensors));
    expect(entry('arch')).toEqual([{ name: 'reconstruction', kwargs: { lr: 0.5, big: 2 ** 40 } }]);
    expect([entry('epoch'), entry('best_metric'), entry('scheduler')]).toEqual([7, 0.25, undefined]);
    expect(Object.keys(entry('state_dict') as object)).toEqual([]); // tensors are no plain values
  });

  test('is refused where it names something to run, by that name', () => {
    expect(() => readTorch(fileOf('runs', format))).toThrow(PickleError);
    expect(() => readTorch(fileOf('runs', format))).toThrow(/names (posix|os|nt)\.system/);
  });

  test('mutated or cut off, it is read or refused, in about its size', () => {
    let seed = 11;
    const random = (below: number) => (seed = (seed * 48271) % 0x7fffffff) % below;
    const whole = fileOf('checkpoint', format);
    let read = 0;
    for (let i = 0; i < 1500; i++) {
      const file = whole.slice(0, i % 5 === 0 ? random(whole.length) : whole.length);
      for (let k = 0; k <= random(4); k++) file[random(file.length || 1)] = random(256);
      try {
        const bytes = Object.values(readTorch(file)).reduce((sum, { data }) => sum + data.byteLength, 0);
        expect(bytes).toBeLessThanOrEqual(4 * whole.length);
        read++;
      } catch (error) {
        expect(error).toBeInstanceOf(PickleError);
      }
    }
    expect(read).toBeGreaterThan(10);
    expect(read).toBeLessThan(1490);
  });
});

test.each([
  ['nothing', []],
  ['text', Array.from(Buffer.from('not a file of PyTorch'))],
  ['an archive of something else', Array.from(Buffer.from('PK\x05\x06'.padEnd(22, '\0'), 'latin1'))],
])('%s is refused', (_, bytes) => {
  expect(() => readTorch(Uint8Array.from(bytes))).toThrow(PickleError);
});

test('a tensor that repeats a small storage is refused before it takes memory', () => {
  const file = fileOf('views', 'zip');
  const text = Buffer.from(file).toString('latin1');
  // The shape (4, 6) of the first tensor, as K\x04K\x06\x86: 4 becomes 250.
  const at = text.indexOf('K\x04K\x06\x86');
  expect(at).toBeGreaterThan(0);
  file[at + 1] = 250;
  expect(() => readTorch(file)).toThrow('expected a tensor of at most 24 values in storage 0 but it has [250, 6]');
});

test('names lead to no code, and neither do they become properties of objects', () => {
  const bytes = Uint8Array.from(Buffer.from('\x80\x02}U\x09__proto__K\x01s.', 'latin1'));
  const { value, end } = readPickle(bytes, { names: [] });
  expect(value).toEqual(new Map([['__proto__', 1]]));
  expect(end).toBe(bytes.length);
});

const pickle = (content: string) => Uint8Array.from(Buffer.from(`\x80\x02${content}`, 'latin1'));

test.each([
  ['dictionaries', '}'],
  ['lists', ']'],
  ['marks', '('],
  ['strings', 'U\x00'],
])('a pickle of nothing but %s is refused before it takes many times its size', (_, piece) => {
  // Refused for its size, not for its end, which it lacks: that it would meet last.
  const bytes = pickle(`${piece.repeat(1e6)}`);
  expect(() => readPickle(bytes, { names: [] })).toThrow('many times the memory of its size');
});

test('a small pickle may be all dictionaries, and lists nest as deep as they like', () => {
  expect(readPickle(pickle(`](${'}'.repeat(1000)}e.`), { names: [] }).value).toHaveLength(1000);
  const depth = 5000;
  let { value } = readPickle(pickle(`${']'.repeat(depth)}${'a'.repeat(depth - 1)}.`), { names: [] });
  for (let i = 1; i < depth; i++) value = (value as PickleValue[])[0]!;
  expect(value).toEqual([]);
});

test('an archive that says it has four milliards of entries is refused at once', () => {
  const record = Buffer.alloc(56); // of zip64
  record.writeUInt32LE(0x06064b50, 0);
  record.writeUInt32LE(0xfffffffe, 32);
  const locator = Buffer.alloc(20);
  locator.writeUInt32LE(0x07064b50, 0);
  locator.writeUInt32LE(4, 8);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(0xffff, 8);
  end.writeUInt32LE(0xffffffff, 16);
  const file = Buffer.concat([Buffer.from('PK\x03\x04'), record, locator, end]);
  expect(() => readTorch(Uint8Array.from(file))).toThrow('more entries than fit into it');
});

test('lists of lists, each a few times, are no configuration', () => {
  const laughs = Array.from({ length: 20 }).reduce<PickleValue>((inner) => [inner, inner, inner], null);
  expect(() => plainValue(new Uint8Array(), laughs)).toThrow('expected at most 10000 values');
  const itself: PickleValue[] = [];
  itself.push(itself);
  expect(() => plainValue(new Uint8Array(), itself)).toThrow('expected at most 100 levels');
});
