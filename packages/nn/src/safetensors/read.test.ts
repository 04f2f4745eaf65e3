import { SafetensorsError } from './format.js';
import { readSafetensors } from './read.js';
import { readStateDict } from './read-state-dict.js';

/** A file from the text of its header (or an object) and its data, whatever these are. */
function file(header: string | object, data: ArrayLike<number> = [], declaredLength?: bigint): Uint8Array {
  const json = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + json.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, declaredLength ?? BigInt(json.length), true);
  bytes.set(json, 8);
  bytes.set(data, 8 + json.length);
  return bytes;
}

const bytes = (count: number) => new Uint8Array(count);
const entry = (shape: unknown, offsets: unknown, dtype: unknown = 'F32') => ({ dtype, shape, data_offsets: offsets });

/** An object with more than JSON.stringify would keep apart. */
const raw = (shape: string, offsets = '[0,16]') => `{"t":{"dtype":"F32","shape":${shape},"data_offsets":${offsets}}}`;

describe('malformed files are refused', () => {
  test.each<[string, Uint8Array, string]>([
    ['an empty file', bytes(0), 'at least 8 bytes'],
    ['less than a length', bytes(7), 'at least 8 bytes'],
    ['a header beyond the file', file('{}', [], 3n), 'header of 3 bytes'],
    ['a header of 100 MB and one byte', file('{}', [], 100_000_001n), 'at most 100000000'],
    ['a header of 2^64 - 1 bytes', file('{}', [], 0xffff_ffff_ffff_ffffn), 'declares 18446744073709551615'],
    ['an empty header', file(''), 'start with {'],
    ['a header that is not UTF-8', Uint8Array.of(2, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0xff), 'UTF-8'],
    ['an overlong encoding', Uint8Array.of(4, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0xc0, 0xaf, 0x7d), 'UTF-8'],
    ['a byte order mark', file('\uFEFF{}'), 'start with {'],
    ['white space before the header', file(' {}'), 'start with {'],
    ['a list for a header', file('[]'), 'start with {'],
    ['a header that is not JSON', file('{hello}'), 'JSON'],
    ['a header cut short', file('{"t":'), 'JSON'],
    ['two headers', file('{}{}'), 'JSON'],
    ['NaN in the header', file('{"t":NaN}'), 'JSON'],
    [
      'two tensors of one name',
      file(
        '{"t":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},"t":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}',
      ),
      '"t" comes twice',
    ],
    [
      'one name written in two ways',
      file(
        '{"t":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},"\\u0074" : {"dtype":"F32","shape":[0],"data_offsets":[0,0]}}',
      ),
      '"t" comes twice',
    ],
    ['two dtypes', file('{"t":{"dtype":"F32","dtype":"I32","shape":[0],"data_offsets":[0,0]}}'), '"dtype" comes twice'],
    ['two metadata keys', file('{"__metadata__":{"a":"{","a":"}"}}'), '"a" comes twice'],
    ['an unknown dtype', file({ t: entry([4], [0, 16], 'F33') }, bytes(16)), '"F33"'],
    ['a dtype of the prototype', file({ t: entry([4], [0, 16], 'toString') }, bytes(16)), '"toString"'],
    ['a number for a dtype', file({ t: entry([4], [0, 16], 1) }, bytes(16)), 'dtype of t'],
    ['no dtype', file({ t: { shape: [4], data_offsets: [0, 16] } }, bytes(16)), 'dtype of t'],
    ['no shape', file({ t: { dtype: 'F32', data_offsets: [0, 16] } }, bytes(16)), 'shape of t'],
    ['no offsets', file({ t: { dtype: 'F32', shape: [4] } }, bytes(16)), 'data_offsets of t'],
    ['a field too many', file({ t: { ...entry([4], [0, 16]), extra: 1 } }, bytes(16)), '"extra"'],
    ['a negative side', file({ t: entry([-4], [0, 16]) }, bytes(16)), 'shape of t'],
    ['two negative sides', file({ t: entry([-2, -2], [0, 16]) }, bytes(16)), 'shape of t'],
    ['minus zero', file(raw('[-0]', '[0,0]')), 'shape of t'],
    ['a fraction for a side', file({ t: entry([1.5], [0, 6]) }, bytes(6)), 'shape of t'],
    ['text for a side', file({ t: entry(['4'], [0, 16]) }, bytes(16)), 'shape of t'],
    ['null for a side', file({ t: entry([null], [0, 16]) }, bytes(16)), 'shape of t'],
    ['a side beyond 2^53', file(raw('[9007199254740993]'), bytes(16)), 'shape of t'],
    ['an infinite side', file(raw('[1e400]'), bytes(16)), 'shape of t'],
    ['a shape whose product overflows', file(raw('[4294967296,4294967296]'), bytes(16)), 'fits into memory'],
    [
      'a shape whose product overflows to zero in 64 bits',
      file(raw('[2,2,2305843009213694]', '[0,0]')),
      'fits into memory',
    ],
    [
      'a shape whose overflow a zero would hide',
      file(raw('[9007199254740991,9007199254740991,0]', '[0,0]')),
      'fits into memory',
    ],
    ['a size that overflows only in bytes', file(raw('[9007199254740991]', '[0,0]')), 'fits into memory'],
    ['a number for a shape', file({ t: entry(4, [0, 16]) }, bytes(16)), 'shape of t'],
    ['three offsets', file({ t: entry([4], [0, 16, 16]) }, bytes(16)), 'data_offsets of t'],
    ['one offset', file({ t: entry([4], [16]) }, bytes(16)), 'data_offsets of t'],
    ['a negative offset', file({ t: entry([4], [-16, 0]) }, bytes(16)), 'data_offsets of t'],
    ['a fraction for an offset', file({ t: entry([1], [0, 4.5]) }, bytes(4)), 'data_offsets of t'],
    ['an end before the start', file({ t: entry([4], [16, 0]) }, bytes(16)), 'start before it ends'],
    ['an end beyond the buffer', file({ t: entry([4], [0, 16]) }, bytes(15)), 'within the 15 bytes'],
    ['a start beyond the buffer', file({ t: entry([0], [20, 20]) }, bytes(16)), 'within the 16 bytes'],
    ['offsets that do not match the shape', file({ t: entry([2, 2], [0, 4]) }, bytes(4)), 'Expected 16 bytes'],
    ['offsets that do not match the dtype', file({ t: entry([4], [0, 16], 'F16') }, bytes(16)), 'Expected 8 bytes'],
    ['a scalar without data', file({ t: entry([], [0, 0]) }), 'Expected 4 bytes'],
    [
      'two tensors in one place',
      file({ a: entry([4], [0, 16]), b: entry([4], [0, 16]) }, bytes(16)),
      'start at byte 16',
    ],
    ['tensors that overlap', file({ a: entry([2], [0, 8]), b: entry([2], [4, 12]) }, bytes(12)), 'start at byte 8'],
    ['a hole between tensors', file({ a: entry([1], [0, 4]), b: entry([1], [8, 12]) }, bytes(12)), 'start at byte 4'],
    ['a hole before the first tensor', file({ a: entry([1], [4, 8]) }, bytes(8)), 'start at byte 0'],
    ['bytes after the last tensor', file({ a: entry([1], [0, 4]) }, bytes(5)), 'cover 4'],
    ['data without tensors', file('{}', bytes(1)), 'cover 0'],
    ['a list for a tensor', file({ t: [] }), 'for t'],
    ['null for a tensor', file({ t: null }), 'for t'],
    ['text for metadata', file({ __metadata__: 'a' }), '__metadata__'],
    ['a list for metadata', file({ __metadata__: [] }), '__metadata__'],
    ['a number in metadata', file({ __metadata__: { a: 1 } }), 'text for a'],
    ['an object in metadata', file({ __metadata__: { a: {} } }), 'text for a'],
  ])('%s', (_, malformed, message) => {
    expect(() => readSafetensors(malformed)).toThrow(SafetensorsError);
    expect(() => readSafetensors(malformed)).toThrow(message);
    expect(() => readStateDict(malformed)).toThrow(SafetensorsError);
  });

  test('twenty thousand tensors in one place', () => {
    const many = Object.fromEntries(
      Array.from({ length: 20_000 }, (_, i) => [`t${i}`, entry([250_000], [0, 1_000_000])]),
    );
    expect(() => readSafetensors(file(many, bytes(1_000_000)))).toThrow('start at byte 1000000');
  });

  test('names of megabytes, in short messages', () => {
    const name = 'n'.repeat(20_000_000);
    expect(() => readSafetensors(file(`{"${name}":1,"${name}":2}`))).toThrow(SafetensorsError);
    const thrown = (() => {
      try {
        readSafetensors(file({ [name]: name }));
      } catch (error) {
        return error as Error;
      }
      return undefined;
    })();
    expect(thrown?.message.length).toBeLessThan(500);
  });

  test('brackets nested deeply', () => {
    expect(() => readSafetensors(file(`{"t":${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}}`))).toThrow(
      SafetensorsError,
    );
  });
});

describe('sound files are read', () => {
  test('no tensors, with and without padding', () => {
    expect(readSafetensors(file('{}')).tensors).toEqual({});
    expect(readSafetensors(file('{}      ')).tensors).toEqual({});
  });

  test('scalars, empty tensors, and any order of names', () => {
    const { tensors, metadata } = readSafetensors(
      file(
        {
          b: entry([], [4, 8]),
          __metadata__: { format: 'pt' },
          a: entry([1], [0, 4]),
          none: entry([2, 0], [8, 8]),
          also: entry([0], [0, 0]),
        },
        [0, 0, 128, 63, 0, 0, 0, 64],
      ),
    );
    expect(metadata).toEqual({ format: 'pt' });
    expect(tensors.b).toEqual({ dtype: 'F32', shape: [], data: Uint8Array.of(0, 0, 0, 64) });
    expect(tensors.none).toEqual({ dtype: 'F32', shape: [2, 0], data: new Uint8Array() });
    expect(Object.keys(tensors).sort()).toEqual(['a', 'also', 'b', 'none']);
  });

  test('names that would disturb an object', () => {
    const text = `{"__proto__":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"constructor":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}`;
    const state = readStateDict(file(text, [0, 0, 128, 63, 0, 0, 0, 64]));
    expect(Object.keys(state)).toEqual(['__proto__', 'constructor']);
    expect(state['__proto__']).toEqual({ shape: [1], data: Float32Array.of(1) });
    expect(({} as Record<string, unknown>).shape).toBeUndefined();
  });

  test('names with quotes, braces and backslashes', () => {
    const name = 'a"{\\":}';
    expect(
      Object.keys(readSafetensors(file({ [name]: entry([0], [0, 0]), 'a"{\\': entry([0], [0, 0]) })).tensors),
    ).toEqual([name, 'a"{\\']);
  });

  test('data at any byte, in a view, in a Buffer', () => {
    const whole = file(
      { pad: entry([3], [0, 3], 'U8'), t: entry([2], [3, 11]) },
      [9, 9, 9, 0, 0, 128, 63, 0, 0, 0, 64],
    );
    const shifted = new Uint8Array(whole.length + 3);
    shifted.set(whole, 3);
    for (const view of [whole, shifted.subarray(3), Buffer.from(whole)]) {
      const t = readSafetensors(view).tensors.t!;
      expect(Array.from(t.data)).toEqual([0, 0, 128, 63, 0, 0, 0, 64]);
    }
    const alone = file({ ' ': entry([2], [0, 8]) }, [0, 0, 128, 63, 0, 0, 0, 64]);
    const state = readStateDict(Buffer.from(alone));
    alone.fill(0);
    expect(state[' ']!.data).toEqual(Float32Array.of(1, 2));
  });

  test('every type of number that a checkpoint holds', () => {
    const values: Record<string, [number, ArrayBufferView]> = {
      F64: [2, Float64Array.of(1.5, -2)],
      I64: [1, BigInt64Array.of(7n)],
      // torch 2.13: tensor([1, -2.5, 6e-8, 0.1, 65504]).half() and tensor([1, -3.140625, 1e30]).bfloat16()
      F16: [5, Uint16Array.of(0x3c00, 0xc100, 0x1, 0x2e66, 0x7bff)],
      BF16: [3, Uint16Array.of(0x3f80, 0xc049, 0x714a)],
    };
    const read = (dtype: string) => {
      const [count, view] = values[dtype]!;
      const data = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
      return Array.from(readStateDict(file({ t: entry([count], [0, data.length], dtype) }, data)).t!.data);
    };
    expect(read('F64')).toEqual([1.5, -2]);
    expect(read('I64')).toEqual([7]);
    expect(read('F16')).toEqual([1, -2.5, 2 ** -24, Math.fround(0.0999755859375), 65504]);
    expect(read('BF16')).toEqual([1, -3.140625, Math.fround(1.0002555517425873e30)]);
  });

  test('bytes that are no floats are read as tensors and refused as a state dict', () => {
    const flags = file({ t: entry([2], [0, 2], 'BOOL') }, [0, 1]);
    expect(readSafetensors(flags).tensors.t!.dtype).toBe('BOOL');
    expect(() => readStateDict(flags)).toThrow('but received BOOL');
  });
});
